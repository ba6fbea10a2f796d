// A process that shares things: a call a line on standard input, what came of it and each event a line on standard output.
import { createInterface } from 'node:readline';
import { Kept } from '#fallback/runtime/keeper/keep';
import { things } from './things.mjs';

const [home = '', version = '1', watch = ''] = process.argv.slice(2);
/** @param {object} line */
const say = (line) => console.log(JSON.stringify(line));
const kept = new Kept(home, things(home, Number(version)), {
  ...(watch === 'watch' ? { greet: async (call) => void (await call('watch', [])) } : {}),
  receive: (event) => say({ event }),
});
await kept.ready().then(
  () => say({ ready: true }),
  ({ code, message }) => say({ ready: false, code, message }),
);
for await (const line of createInterface(process.stdin)) {
  const { id, method, args, again } = JSON.parse(line);
  kept.call(method, args, { again }).then(
    (result) => say({ id, result }),
    ({ code, message }) => say({ id, code, message }),
  );
}
await kept.close();
