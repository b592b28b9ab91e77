/** Plain calls are read without commander: where they are, the two must agree on every word. */
import { Command } from 'commander';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Action, PlainModule } from '../../../src/cli/command.ts';
import { LOOK } from '../../../src/cli/commands/look.ts';
import { addGlobalFlags, addHelpFlag } from '../../../src/cli/global-flags.ts';
import { PlainDefinition, plainCall } from '../../../src/cli/plain-call.ts';
import { MsvcError } from '../../../src/model/error.ts';
import { Captured } from './capture.ts';

type Read =
  | { readonly operands: readonly unknown[]; readonly options: object }
  | 'refused'
  | { readonly threw: string };

function plainly({ define }: PlainModule, words: readonly string[]): Read | null {
  const definition = new PlainDefinition();
  define(definition, () => {});
  return attempt(() => definition.read(words));
}

/** What the action is given; as `program.ts` sets a command up. */
function byCommander({ define }: PlainModule, name: string, words: readonly string[]): Read {
  let given: Read = 'refused';
  const program = new Command('msvc').exitOverride().enablePositionalOptions().helpCommand(false);
  program.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  addGlobalFlags(program);
  const command = program.command(name);
  define(command, <A extends readonly unknown[]>(leaf: Command, _action: Action<A>) => {
    leaf.action((...all: unknown[]) => {
      // What `--no-color` is without being given; `readGlobals` looks whether it was.
      const { color, ...options } = all.at(-2) as { color?: boolean };
      const isPlain = leaf === command && color !== false;
      given = isPlain ? { operands: all.slice(0, -2), options } : 'refused';
    });
  });
  const leaves = command.commands.length > 0 ? command.commands : [command];
  for (const leaf of leaves) addGlobalFlags(leaf);
  for (const any of new Set([command, ...leaves])) addHelpFlag(any);
  const failure = attempt(() => {
    program.parse([name, ...words], { from: 'user' });
    return null;
  });
  return failure ?? given;
}

function attempt<T>(work: () => T): T | 'refused' | { threw: string } {
  try {
    return work();
  } catch (error) {
    return error instanceof MsvcError ? { threw: error.message } : 'refused';
  }
}

/** The command's own flags, others, and what flags and operands may be given. */
function wordsFor({ define }: PlainModule): fc.Arbitrary<string[]> {
  const known = new Command();
  define(known, () => {});
  const own = known.options.flatMap(({ short, long }) => [short, long]).filter((flag) => flag !== undefined);
  const others = ['-h', '--help', '--', '-', '-p', '--file', '--json=x', '-qa', '--no-color', '--nope', ''];
  const values = ['orders', 'orders.2', '5', '5m', '14:05', 'all', 'warn', 'ready', 'GET', 'test', 'no time'];
  return fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...values) },
      { weight: own.length > 0 ? 4 : 0, arbitrary: fc.constantFrom(...own, '--json') },
      { weight: 1, arbitrary: fc.constantFrom(...others) },
    ),
    { maxLength: 5 },
  );
}

test.each(Object.values(LOOK))('$name: what is read plainly commander reads the same', async ({ name, load }) => {
  const module = await load();
  let plain = 0;
  fc.assert(
    fc.property(wordsFor(module), (words) => {
      const read = plainly(module, words);
      if (read === null) return;
      plain++;
      expect(withoutTime(read)).toEqual(withoutTime(byCommander(module, name, words)));
    }),
    { numRuns: 1_000 },
  );
  expect(plain).toBeGreaterThan(0);
});

/** `5m` is a moment that long before the very millisecond it was read in. */
function withoutTime(read: Read): unknown {
  return JSON.parse(JSON.stringify(read), (key, value) => (key === 'since' || key === 'until' ? 'a time' : value));
}

test.each([
  ['ps', []],
  ['ps', ['orders', '-a', '--json']],
  ['logs', ['-n', '50', 'orders.2']],
  ['logs', ['--no-log-prefix', '--level', 'warn']],
  ['events', ['--since', '5m']],
  ['why', ['orders']],
  ['routes', ['--json']],
  ['ls', ['-q']],
] as const)('msvc %s %j is a plain call', async (name, words) => {
  expect(plainly(await LOOK[name].load(), words)).toHaveProperty('operands');
});

test.each([
  ['ps', ['-f', 'other.yaml']],
  ['ps', ['--help']],
  ['ps', ['-aq']],
  ['ps', ['--status', 'ready']],
  ['logs', ['--tail=5']],
  ['logs', ['-n']],
  ['logs', ['--level', 'loud']],
  ['why', []],
  ['why', ['a', 'b']],
  ['routes', ['test', 'GET', '/']],
  ['ls', ['orders']],
] as const)("msvc %s %j is commander's to read", async (name, words) => {
  expect(plainly(await LOOK[name].load(), words)).toBeNull();
});

test('a plain call runs with the variables of the shell', async () => {
  const out = new Captured();
  const err = new Captured();
  const around = { cwd: '/', env: { MSVC_PROJECT_NAME: 'shop' }, out: out.output, err: err.output };
  const define: PlainModule['define'] = (command, bind) => {
    command.argument('[names...]').option('--json');
    bind(command, async ({ globals, out }, names: readonly string[], options: object) => {
      out.json({ name: globals.projectName, names, options });
      return 4;
    });
  };
  const commands = [{ name: 'show', summary: 'shows', load: async () => ({ define }) }];
  expect(await plainCall(['show', 'a', 'b', '--json'], around, commands)).toBe(4);
  expect(JSON.parse(out.text)).toEqual({ name: 'shop', names: ['a', 'b'], options: { json: true } });
  expect(await plainCall(['show', '-v'], around, commands)).toBeNull();
  expect(await plainCall(['-f', 'x', 'show'], around, commands)).toBeNull();
});
