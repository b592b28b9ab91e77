/**
 * What reading a definition takes from outside: texts of files, what exists, variables of the shell. All of `config`
 * asks here and nowhere else, so that it is known afterwards what a definition was made from (`compiled/`). Owns what
 * was asked while `recordInputs` runs. Imports no parser.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';

/** `once`: cannot be asked again (standard input). */
type InputKind = 'exists' | 'text' | 'bytes' | 'real-path' | 'variable' | 'home' | 'once';
/** Null: there is none, or it cannot be read. */
export type Answer = string | boolean | null;

export interface Question {
  readonly kind: InputKind;
  /** A path, or the name of a variable. */
  readonly of: string;
}

export interface Input extends Question {
  readonly answer: Answer;
}

/** A file that a definition was made from, or that would be part of it if it were there. Absolute. */
export interface LookedAt {
  readonly path: string;
  readonly isThere: boolean;
}

type Environment = Readonly<Record<string, string>>;

let recording: Map<string, Input> | null = null;

/** @param read must not wait: what others ask meanwhile would count as its own */
export function recordInputs<T>(read: () => T): { readonly result: T; readonly inputs: readonly Input[] } {
  const outer = recording;
  const inputs = new Map<string, Input>();
  recording = inputs;
  try {
    return { result: read(), inputs: [...inputs.values()] };
  } finally {
    recording = outer;
  }
}

/** How each kind is asked, the first time and again. */
const ASK = {
  exists: (path: string) => existsSync(path),
  text: (path: string) => answerOr(() => readFileSync(path, 'utf8')),
  bytes: (path: string) => answerOr(() => readFileSync(path, 'base64')),
  'real-path': (path: string) => answerOr(() => realpathSync(path)),
  variable: (name: string, environment: Environment) => (Object.hasOwn(environment, name) ? environment[name]! : null),
  home: () => homedir(),
  once: () => null,
} satisfies Record<InputKind, (of: string, environment: Environment) => Answer>;

/** The same question put to the world of now. */
export function askAgain({ kind, of }: Question, environment: Environment): Answer {
  return ASK[kind](of, environment);
}

/** Of those that were there, the ones that were read. */
export function filesOf(inputs: readonly Input[]): LookedAt[] {
  const files = new Map<string, boolean>();
  for (const { kind, of, answer } of inputs) {
    if (kind === 'text' || kind === 'bytes') files.set(of, answer !== null);
    else if (kind === 'exists' && answer === false) files.set(of, false);
  }
  return [...files].map(([path, isThere]) => ({ path, isThere }));
}

export function exists(path: string): boolean {
  return note('exists', path, ASK.exists(path));
}

/** @throws the system's error, which `ASK` tells as no answer */
export function readText(path: string): string {
  note('text', path, null);
  return note('text', path, readFileSync(path, 'utf8'));
}

/** @throws the system's error, which `ASK` tells as no answer */
export function readBytes(path: string): Buffer {
  note('bytes', path, null);
  return Buffer.from(note('bytes', path, readFileSync(path, 'base64')), 'base64');
}

/** The path itself where it leads nowhere. */
export function realPath(path: string): string {
  return note('real-path', path, ASK['real-path'](path)) ?? path;
}

export function variable(name: string, environment: Environment): string | undefined {
  return note('variable', name, ASK.variable(name, environment)) ?? undefined;
}

export function home(): string {
  return note('home', '', ASK.home());
}

/** What was made from it cannot be checked against it later. */
export function readOnce(read: () => string): string {
  note('once', '', null);
  return read();
}

function note<A extends Answer>(kind: InputKind, of: string, answer: A): A {
  recording?.set(`${kind} ${of}`, { kind, of, answer });
  return answer;
}

function answerOr<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch {
    return null;
  }
}
