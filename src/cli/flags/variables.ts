/** `-e NAME=value`, or `-e NAME` to pass the shell's own on, as Compose takes it. Pure. */
import { MsvcError } from '../../model/error.ts';

export function collectVariable(text: string, before: readonly string[] | undefined): string[] {
  if (!/^[^=\s]+(=|$)/.test(text))
    throw new MsvcError('MSVC_USAGE', `"${text}" is no variable`, { hint: 'write NAME=value, or NAME' });
  return [...(before ?? []), text];
}

/** A bare NAME that the shell does not have is left out. */
export function variablesOf(
  given: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const text of given) {
    const equals = text.indexOf('=');
    const name = equals === -1 ? text : text.slice(0, equals);
    const value = equals === -1 ? env[name] : text.slice(equals + 1);
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}
