// A process whose platforms a test uses from afar (agents.ts), one after the other. Arguments: the port of the test, and
// addons to load before. Ends when the test hangs up.
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { createPlatform } from 'winpeer';
import { decode, encode } from './values.mjs';

const [port, ...addons] = process.argv.slice(2);
const require = createRequire(import.meta.url);
for (const addon of addons) require(addon);

/** What the test has; it knows them by number. @type {object[]} */
const objects = [{ createPlatform: begin }];
/** Signals of the test, by its numbers. @type {Map<number, AbortController>} */
const signals = new Map();

const socket = connect(Number(port), '127.0.0.1');
for await (const line of createInterface(socket)) {
  const { call, target, method, args, abort, reason } = JSON.parse(line);
  if (abort !== undefined) signalOf(abort).abort(decode(reason));
  else answer(call, objects[target], method, decode(args, signalFor));
}

function begin(options, env) {
  Object.assign(process.env, env);
  return createPlatform(options);
}

/** Calls are begun in their order. */
async function answer(call, object, method, args) {
  const run = async () => object[method](...args);
  const outcome = await run().then(
    (value) => ({ value: encode(value, keep) }),
    (error) => ({ error: encode(error, keep) }),
  );
  // What the call may have changed, too.
  if (socket.writable) socket.write(`${JSON.stringify({ call, ...outcome, properties: propertiesOf(object) })}\n`);
}

function signalFor({ signal, aborted, reason }) {
  const controller = signalOf(signal);
  if (aborted) controller.abort(decode(reason));
  return controller.signal;
}

function signalOf(number) {
  const known = signals.get(number) ?? new AbortController();
  signals.set(number, known);
  return known;
}

function keep(object) {
  const known = objects.indexOf(object);
  const target = known < 0 ? objects.push(object) - 1 : known;
  return { target, properties: propertiesOf(object) };
}

/** All that is no method, as getters of classes give it too. */
function propertiesOf(object) {
  const names = new Set(Object.keys(object));
  for (let it = Object.getPrototypeOf(object); it !== null && it !== Object.prototype; it = Object.getPrototypeOf(it)) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(it))) if (get) names.add(name);
  }
  const properties = [...names].filter((name) => typeof object[name] !== 'function');
  return Object.fromEntries(properties.map((name) => [name, encode(object[name], keep)]));
}
