/**
 * Of what a program wrote before it ended, the one line that tells most: the head of an error rather than its stack or
 * what a runtime adds below. A guess by the shapes that runtimes give their last words; the whole tail is a key away.
 */
import { stripAnsi } from '../../runtime/logs/ansi.ts';

/** `TypeError: x`, `Error [ERR_Y]: x`, `java.lang.Error: x`, `panic: x`, `fatal error: x`, `npm error x`, `error: x`. */
const ERROR_HEAD =
  /^(?:Uncaught |Exception in thread "[^"]*" |Caused by: )?(?:[\w$]+\.)*[A-Z][\w$]*(?:Error|Exception|Panic)\b(?: \[\w+\])?(?::|$)|^(?:panic|fatal(?: error)?|error(?:\[\w+\])?|ERROR|FATAL)\b/;
/** Frames, carets and braces of a stack trace; what Node and npm say last of all. */
const NOISE =
  /^(?:at |\^+$|[{}[\]()]+[,;]?$|Node\.js v\d|node:internal|npm (?:error|ERR!) A complete log|\w+: '[^']*',?$)/;

/** @returns undefined when nothing was written */
export function lastWords(tail: readonly string[]): string | undefined {
  const lines = tail.map((line) => stripAnsi(line).trim()).filter((line) => line !== '');
  const words = lines.map(messageOf);
  return words.findLast((line) => ERROR_HEAD.test(line)) ?? words.findLast((line) => !NOISE.test(line)) ?? words.at(-1);
}

/** Of a structured line its message; of any other the line. */
function messageOf(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { level, message, msg } = JSON.parse(line) as Record<string, unknown>;
    const text = message ?? msg;
    if (typeof text !== 'string') return line;
    return /^(error|fatal|critical)$/i.test(String(level)) || Number(level) >= 50 ? `error: ${text}` : text;
  } catch {
    return line;
  }
}
