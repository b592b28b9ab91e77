/** `-H 'name: value'`, as curl takes it; may be repeated. Pure. */
import { MsvcError } from '../../model/error.ts';

export interface Header {
  readonly name: string;
  readonly value: string;
}

/** For commander's argParser. @throws MsvcError MSVC_USAGE */
export function headerFlag(text: string, before: readonly Header[]): Header[] {
  const [, name, value] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n\0]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new MsvcError('MSVC_USAGE', `--header takes "name: value", not "${text}"`);
  }
  return [...before, { name, value: value.trimEnd() }];
}
