// Counts `n` up in a store as often as it is told, and says each number once it is kept, or why it can't be.
import { fileStores } from '#fallback/runtime/store';

const [home, times, padding = 0] = process.argv.slice(2);
const store = await fileStores(home).open('things');
try {
  for (let i = 0; i < Number(times); i++) {
    let n = 0;
    await store.update((current) => {
      n = 1 + Number(Buffer.from(current.get('n') ?? []).toString() || 0);
      return new Map([
        ['n', Buffer.from(String(n))],
        ['padding', Buffer.alloc(Number(padding), n)],
      ]);
    });
    console.log(n);
  }
} catch (error) {
  console.log(error.code);
}
