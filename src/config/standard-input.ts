/**
 * `-f -`: the definition comes from standard input. It goes by the path that `-` resolves to, so that the folder it is
 * given in is the project's. Owns the text, since it can be read only once.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readOnce, readText } from './inputs.ts';

let text: string | undefined;

export function isStandardInput(path: string): boolean {
  return basename(path) === '-';
}

/** Of a file, or of standard input: all of it, and again whenever asked. @throws the system's error */
export function readSource(path: string): string {
  if (!isStandardInput(path)) return readText(path);
  return readOnce(() => {
    text ??= readFileSync(0, 'utf8');
    return text;
  });
}
