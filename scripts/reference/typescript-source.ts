/**
 * Reads interfaces out of TypeScript text, with their comments: enough for the files that our reference pages are
 * made from (interfaces with `readonly` members, doc comments), which Biome keeps in one shape.
 */

export interface Member {
  readonly name: string;
  /** On one line, without `readonly`. */
  readonly type: string;
  readonly doc: string;
}

export interface Interface {
  readonly name: string;
  readonly doc: string;
  /** Interfaces whose members it has too. */
  readonly extends: readonly string[];
  readonly members: readonly Member[];
}

export function interfacesOf(source: string): Interface[] {
  const found: Interface[] = [];
  for (const match of source.matchAll(
    /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?export interface (\w+)(?: extends ([\w, ]+?))?\s*\{/g,
  )) {
    const open = match.index + match[0].length;
    found.push({
      name: match[2] as string,
      doc: plainComment(match[1] ?? ''),
      extends: match[3]?.split(/,\s*/) ?? [],
      members: membersOf(source.slice(open, closing(source, open))),
    });
  }
  return found;
}

/** @throws Error when the file has no such interface: the pages would be wrong */
export function interfaceOf(source: string, name: string): Interface {
  const found = interfacesOf(source).find((one) => one.name === name);
  if (!found) throw new Error(`no interface ${name} in the source`);
  return found;
}

/** Its own members and those it takes over, which come first. @throws Error when one of those is in no source */
export function allMembers(one: Interface, sources: readonly string[]): Member[] {
  const inherited = one.extends.flatMap((name) => {
    const parent = sources.flatMap(interfacesOf).find((other) => other.name === name);
    if (!parent) throw new Error(`${one.name} extends ${name}, and no source defines it`);
    return allMembers(parent, sources);
  });
  return [...inherited, ...one.members];
}

/** The text of `export type <name> = ...;` on one line; undefined when there is none. */
export function aliasOf(source: string, name: string): string | undefined {
  const head = new RegExp(`export type ${name} =`).exec(source);
  if (!head) return undefined;
  const from = head.index + head[0].length;
  return oneLine(source.slice(from, memberEnd(source, from)));
}

/** The members of an object type's text, without its braces. */
export function membersOf(body: string): Member[] {
  const members: Member[] = [];
  let at = 0;
  let doc = '';
  while (at < body.length) {
    const comment = /^\s*\/\*\*([\s\S]*?)\*\//.exec(body.slice(at));
    if (comment) {
      doc = plainComment(comment[0]);
      at += comment[0].length;
      continue;
    }
    const head = /^\s*(?:readonly\s+)?'?([\w$.-]+)'?(\??):\s*/.exec(body.slice(at));
    if (!head) break;
    at += head[0].length;
    const end = memberEnd(body, at);
    members.push({ name: `${head[1]}${head[2]}`, type: oneLine(body.slice(at, end)), doc });
    doc = '';
    at = end + 1;
  }
  return members;
}

/** Where the text of an object type ends: the brace that closes the one before `from`. */
function closing(source: string, from: number): number {
  let depth = 1;
  for (let at = from; at < source.length; at++) {
    if (source.startsWith('/*', at)) at = source.indexOf('*/', at) + 1;
    else if (source[at] === '{') depth++;
    else if (source[at] === '}' && --depth === 0) return at;
  }
  throw new Error('an interface that does not end');
}

function memberEnd(body: string, from: number): number {
  let depth = 0;
  for (let at = from; at < body.length; at++) {
    if (body.startsWith('/*', at)) at = body.indexOf('*/', at) + 1;
    else if ('{([<'.includes(body[at] as string)) depth++;
    else if ('})]>'.includes(body[at] as string)) depth--;
    else if (body[at] === ';' && depth === 0) return at;
  }
  return body.length;
}

function oneLine(type: string): string {
  return type
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\breadonly\s+/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^\| /, '')
    .replace(/; \}/g, ' }');
}

function plainComment(comment: string): string {
  return comment
    .replace(/^\s*\/\*\*|\*\/\s*$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}
