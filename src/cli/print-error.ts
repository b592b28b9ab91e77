/**
 * The one format of errors, and the only code that prints them:
 *
 *     error[MSVC_PORT_TAKEN]: port 3000, which web needs, is held by process 812 (node old.js)
 *       --> msvc.yaml:12:5
 *        |
 *     12 |     port: 3000
 *        |           ^^^^
 *     hint: ...
 *
 * What is wrong with the definition comes as a list of diagnostics in the same shape, then their number.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import { type ErrorData, errorData, exitCodeOf, MsvcError } from '../model/error.ts';
import type { Place } from '../model/place.ts';
import { WATCH_SETTINGS } from '../runtime/watch/limits.ts';
import { excerptLines, placeText } from './excerpt.ts';
import type { ErrorJson } from './json-contract.ts';
import type { Output } from './output.ts';
import type { Colour, Style } from './style.ts';
import { ERROR_WORDING } from './wording/errors.ts';
import { count } from './wording/lists.ts';

export interface PrintTarget {
  readonly output: Output;
  /** One JSON object instead of text. */
  readonly json: boolean;
  /** Paths are shown relative to it. */
  readonly cwd: string;
}

/** An MsvcError may carry what is wrong with the definition. */
export interface WithDiagnostics {
  readonly diagnostics: readonly Diagnostic[];
}

/** The system's own errors that a person can do something about become ours; everything else unknown is a bug. */
export function dataOf(error: unknown): ErrorData {
  if (!(error instanceof MsvcError) && error instanceof Error) {
    const { code = '', path: place, syscall } = error as NodeJS.ErrnoException;
    const { message } = error;
    const facts = place === undefined ? {} : { path: place };
    const setting = syscall === 'watch' ? WATCH_SETTINGS[code] : undefined;
    if (setting !== undefined) return { code: 'MSVC_WATCH_LIMIT', message, facts: { ...facts, setting } };
    if (code === 'ENOSPC' || code === 'EDQUOT') return { code: 'MSVC_DISK_FULL', message, facts };
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      return { code: 'MSVC_STATE_UNWRITABLE', message, facts };
    }
  }
  return errorData(error);
}

export function printError(error: unknown, target: PrintTarget): void {
  const data = dataOf(error);
  const diagnostics = diagnosticsOf(error);
  if (target.json) {
    const body: ErrorJson = {
      error: {
        ...data,
        message: sentenceOf(data),
        ...(hintOf(data) !== undefined && { hint: hintOf(data) as string }),
        exitCode: exitCodeOf(data.code),
        ...(diagnostics.length > 0 && { diagnostics }),
      },
    };
    target.output.write(`${JSON.stringify(body)}\n`);
    return;
  }
  if (diagnostics.length > 0) printDiagnostics(diagnostics, target);
  else target.output.write(`${errorLines(data, target.output.style, target.cwd).join('\n')}\n`);
}

/** All of them, then how many; nothing is started when one is an error. */
export function printDiagnostics(diagnostics: readonly Diagnostic[], target: PrintTarget): void {
  const { style } = target.output;
  for (const diagnostic of diagnostics) {
    target.output.write(`${diagnosticLines(diagnostic, style, target.cwd).join('\n')}\n\n`);
  }
  const errors = diagnostics.filter((d) => d.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const parts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ].join(', ');
  target.output.line(errors > 0 ? `${style.bold(parts)}; nothing was started or changed` : style.bold(parts));
}

function errorLines(data: ErrorData, style: Style, cwd: string): string[] {
  return block(
    {
      label: 'error',
      colour: 'red',
      code: data.code,
      sentence: sentenceOf(data),
      place: data.place,
      hint: hintOf(data),
    },
    style,
    cwd,
  );
}

function diagnosticLines(diagnostic: Diagnostic, style: Style, cwd: string): string[] {
  return block(
    {
      label: diagnostic.severity,
      colour: diagnostic.severity === 'error' ? 'red' : 'yellow',
      code: diagnostic.code,
      sentence: diagnostic.message,
      place: diagnostic.place,
      related: diagnostic.related,
      hint: diagnostic.hint,
    },
    style,
    cwd,
  );
}

export function sentenceOf(data: ErrorData): string {
  return ERROR_WORDING[data.code]?.sentence?.(data.facts) ?? data.message;
}

function hintOf(data: ErrorData): string | undefined {
  return data.hint ?? ERROR_WORDING[data.code]?.hint?.(data.facts);
}

interface Block {
  readonly label: string;
  readonly colour: Colour;
  readonly code: string;
  readonly sentence: string;
  readonly place: Place | undefined;
  readonly related?: Diagnostic['related'] | undefined;
  readonly hint: string | undefined;
}

function block(b: Block, style: Style, cwd: string): string[] {
  const lines = [`${style.paint(b.colour, style.bold(`${b.label}[${b.code}]`))}${style.bold(`: ${b.sentence}`)}`];
  if (b.place) lines.push(...placed(b.place, style, b.colour, cwd));
  for (const { message, place } of b.related ?? []) lines.push(...placed(place, style, 'blue', cwd, message));
  if (b.hint !== undefined) lines.push(`${style.paint('cyan', 'hint:')} ${b.hint}`);
  return lines;
}

function placed(place: Place, style: Style, colour: Colour, cwd: string, note = ''): string[] {
  const arrow = `${' '.repeat(String(place.line).length)}${style.paint('blue', '-->')} ${placeText(place, cwd)}`;
  const excerpt = excerptLines(place, style, colour, note);
  if (excerpt.length > 0 || note === '') return [arrow, ...excerpt];
  return [`${arrow} (${note})`];
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  const found = (error as Partial<WithDiagnostics> | null)?.diagnostics;
  return error instanceof MsvcError && Array.isArray(found) ? found : [];
}
