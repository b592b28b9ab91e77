/**
 * Reads the calls that nearly all are: a command's name, words, and flags of its own, each by itself and with its value
 * in the next word. Whatever else there is (flags in a bunch, `--flag=value`, global flags, help, any mistake) is
 * commander's to read and to judge; to load and run that is a good part of what a short command costs. Where this
 * answers, commander would answer the same.
 */
import type { Action, Choice, Definition, PlainEntry } from './command.ts';
import type { Surroundings } from './context.ts';
import { contextOf } from './globals.ts';

type Options = Record<string, unknown>;
type Run = (around: Surroundings, operands: readonly unknown[], options: Options) => Promise<number | undefined>;

/** @returns the command's exit code; null: this is no plain call. @throws what the command throws */
export async function plainCall(
  argv: readonly string[],
  around: Surroundings,
  commands: readonly PlainEntry[],
): Promise<number | null> {
  const entry = commands.find(({ name }) => name === argv[0]);
  if (!entry) return null;
  const { define } = await entry.load();
  const plain = new PlainDefinition();
  let run: Run | undefined;
  define(plain, <A extends readonly unknown[]>(command: Definition, action: Action<A>) => {
    if (command !== plain) return;
    run = (at, operands, options) =>
      action(contextOf(at, [options]), ...([...operands, options] as readonly unknown[] as A));
  });
  const call = plain.read(argv.slice(1));
  return call && run ? ((await run(around, call.operands, call.options)) ?? 0) : null;
}

interface Switch {
  readonly key: string;
  readonly on: boolean;
}

interface Valued {
  readonly key: string;
  readonly parse?: ((value: string, before: unknown) => unknown) | undefined;
  /** Nothing else will do. */
  readonly choices?: readonly string[] | undefined;
}

class PlainChoice implements Choice {
  values: readonly string[] | undefined;

  constructor(readonly flags: string) {}

  choices(values: readonly string[]): this {
    this.values = values;
    return this;
  }
}

/** What a command says of itself, as far as plain calls go. */
export class PlainDefinition implements Definition {
  readonly #operands: string[] = [];
  /** By each way to write them: flags that take no value, with what they set; and those that take one. */
  readonly #switches = new Map<string, Switch>();
  readonly #valued = new Map<string, Valued>();
  readonly #standard: Options = {};
  #hasSubcommands = false;
  #options: Options = {};

  argument(spec: string): this {
    this.#operands.push(spec);
    return this;
  }

  option(flags: string, _description?: string, parse?: Valued['parse'], standard?: unknown): this {
    return this.#flag(flags, { parse }, standard);
  }

  createOption(flags: string): PlainChoice {
    return new PlainChoice(flags);
  }

  addOption({ flags, values }: PlainChoice): this {
    return this.#flag(flags, { choices: values });
  }

  command(): this {
    this.#hasSubcommands = true;
    return new PlainDefinition() as this;
  }

  summary(): this {
    return this;
  }

  description(): this {
    return this;
  }

  addHelpText(): this {
    return this;
  }

  opts<T extends object>(): T {
    return this.#options as T;
  }

  /** @returns null when it takes more than this to read them, or something is wrong with them */
  read(words: readonly string[]): { readonly operands: readonly unknown[]; readonly options: Options } | null {
    const given: string[] = [];
    const options = { ...this.#standard };
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as string;
      const flag = this.#switches.get(word);
      const valued = this.#valued.get(word);
      if (flag) options[flag.key] = flag.on;
      else if (valued) {
        const value = words[++i];
        if (value === undefined || value.startsWith('-') || valued.choices?.includes(value) === false) return null;
        options[valued.key] = valued.parse ? valued.parse(value, options[valued.key]) : value;
      } else if (word.startsWith('-') || this.#hasSubcommands) return null;
      else given.push(word);
    }
    const hasRest = this.#operands.at(-1)?.endsWith('...]') === true;
    const required = this.#operands.filter((spec) => spec.startsWith('<')).length;
    if (given.length < required || (given.length > this.#operands.length && !hasRest)) return null;
    this.#options = options;
    return {
      operands: this.#operands.map((spec, i) => (spec.endsWith('...]') ? given.slice(i) : given[i])),
      options,
    };
  }

  /** `-n, --tail <lines>`, `--json`, `--no-log-prefix`; one that takes many values (`<type...>`) is not known here. */
  #flag(flags: string, more: Omit<Valued, 'key'>, standard?: unknown): this {
    const [written = '', value] = flags.split(' <');
    const ways = written.split(', ');
    const long = ways.at(-1) as string;
    const key = long.replace(/^--(no-)?/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (standard !== undefined) this.#standard[key] = standard;
    const on = !long.startsWith('--no-');
    if (!on) this.#standard[key] = true;
    for (const way of ways) {
      if (value === undefined) this.#switches.set(way, { key, on });
      else if (!value.endsWith('...>')) this.#valued.set(way, { key, ...more });
    }
    return this;
  }
}
