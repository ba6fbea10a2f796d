import type { WholeAddon } from '#lib/backend/native/addon';

/** What Windows answered, as the addon throws it. */
export function windowsError(operation: string, hresult: number): Error {
  return Object.assign(new Error(`${operation} returned ${hresult}`), { hresult, operation });
}

/** An addon of these answers alone, which writes down what it is asked. */
export function mockAddon(answers: { [Name in keyof WholeAddon]?: unknown }) {
  const calls: (readonly [string, ...unknown[]])[] = [];
  const addon = new Proxy(answers, {
    get(known, name: keyof WholeAddon) {
      const answer = known[name];
      return async (...given: unknown[]) => {
        calls.push([name, ...given]);
        if (answer instanceof Error) throw answer;
        return typeof answer === 'function' ? answer(...given) : answer;
      };
    },
  }) as unknown as WholeAddon;
  return { addon, calls, names: () => calls.map(([name]) => name) };
}
