/**
 * Definitions that were read before, kept in `compiled` of the project's state folder: parsing and checking one takes longer than
 * starting its services. One file for each way of asking (folder, flags); owns that folder.
 *
 * - A kept definition is used only if everything it was made from is the same now: this build of msvc, the flags, each
 *   file's text, each look whether a file exists, each variable of the shell. Their hash is the key that the definition
 *   is sealed with, so one that does not fit cannot even be opened.
 * - The file names the files and variables; their values, secrets among them, can be read by nobody who does not have
 *   them already. It is readable by its owner only.
 * - A file that is missing, broken, of another version or not readable costs nothing but the time. Wrong definitions
 *   and those from standard input are not kept.
 *
 * Imports no parser: who finds a kept definition loads none.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Outline } from '../../model/outline.ts';
import { BUILD } from '../../model/version.ts';
import { Definition } from '../definition.ts';
import { projectFiles } from '../find.ts';
import { askAgain, type Input, type Question, realPath } from '../inputs.ts';
import type { LoadOptions } from '../load.ts';
import { stateDirOf } from '../state-dir.ts';
import { seal, unseal } from './sealed.ts';

export interface Compiled {
  /** When it was kept, as data: what was a frozen tree of the reader is a plain one. */
  readonly definition: Definition;
  readonly warnings: readonly Diagnostic[];
}

const FORMAT = 1;
/** Those that were not used for longest go when there are more. */
const MOST_KEPT = 16;
const NEWLINE = 0x0a;

/** What is sealed: this as JSON in a line of its own, then the project as JSON. */
interface Head {
  readonly outline: Outline;
  readonly warnings: readonly Diagnostic[];
}

/** @returns null when there is none for the world as it is now */
export function readCompiled(options: LoadOptions): Compiled | null {
  try {
    const file = fileOf(options);
    if (file === null) return null;
    const content = readFileSync(file);
    const end = content.indexOf(NEWLINE);
    const questions = questionsIn(content.subarray(0, end).toString('utf8'));
    const inputs = questions.map((question) => ({ ...question, answer: askAgain(question, options.environment) }));
    const text = unseal(keyOf(options, inputs), content.subarray(end + 1));
    if (text === null) return null;
    const now = new Date();
    utimesSync(file, now, now);
    const headEnd = text.indexOf('\n');
    const { outline, warnings } = JSON.parse(text.slice(0, headEnd)) as Head;
    return { definition: Definition.written(outline, text.slice(headEnd + 1), inputs), warnings };
  } catch {
    return null;
  }
}

/** Keeps it for the next command. Does nothing where it cannot, or where nothing ever ran (no state folder). */
export function keepCompiled(options: LoadOptions, compiled: Compiled, inputs: readonly Input[]): void {
  if (inputs.some(({ kind }) => kind === 'once')) return;
  try {
    const file = fileOf(options);
    if (file === null) return;
    makeFolder(dirname(file));
    const header = JSON.stringify({ format: FORMAT, inputs: inputs.map(({ kind, of }) => [kind, of]) });
    const { definition, warnings } = compiled;
    const head = JSON.stringify({ outline: definition.outline, warnings } satisfies Head);
    const sealed = seal(keyOf(options, inputs), `${head}\n${definition.json}`);
    const draft = `${file}.${process.pid}.new`;
    writeFileSync(draft, Buffer.concat([Buffer.from(`${header}\n`), sealed]), { mode: 0o600 });
    renameSync(draft, file);
    prune(dirname(file));
  } catch {
    // Not ours to write, or no room: it is read anew each time.
  }
}

/** Of this way of asking, in the state folder of what it asks for, with which it goes; null without a definition. */
function fileOf(options: LoadOptions): string | null {
  const [first] = projectFiles(options);
  if (first === undefined) return null;
  const name = createHash('sha256').update(askedAs(options)).digest('hex').slice(0, 16);
  return join(stateDirOf(realPath(dirname(first)), '', options.projectName ?? ''), 'compiled', name);
}

function askedAs({ environment: _, ...asked }: LoadOptions): string {
  const { cwd, files, projectName = null, envFiles, gatewayPort = null } = asked;
  return JSON.stringify([cwd, files, projectName, envFiles, gatewayPort]);
}

function keyOf(options: LoadOptions, inputs: readonly Input[]): Buffer {
  const hash = createHash('sha256').update(`${BUILD}\n${askedAs(options)}\n`);
  for (const { kind, of, answer } of inputs) hash.update(`${JSON.stringify([kind, of, answer])}\n`);
  return hash.digest();
}

/** @throws when it is not a header of this format */
function questionsIn(header: string): Question[] {
  const { format, inputs } = JSON.parse(header) as { format: number; inputs: [Question['kind'], string][] };
  if (format !== FORMAT) throw new Error('another format');
  return inputs.map(([kind, of]) => ({ kind, of }));
}

/** @throws the system's error, ENOENT without a state folder */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function prune(folder: string): void {
  const files = readdirSync(folder)
    .map((name) => join(folder, name))
    .map((file) => ({ file, at: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at);
  for (const { file } of files.slice(MOST_KEPT)) rmSync(file, { force: true });
}
