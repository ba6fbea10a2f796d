// Makes one call on a thread and has nothing else to do: it ends when the call has been answered.
import { realThreads } from '#fallback/runtime/threads';

const thread = realThreads().open(new URL('./thread-module.mjs', import.meta.url).href);
console.log(await thread.call('echo', 'answered'));
