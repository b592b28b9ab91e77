/** What the names in the types of a page stand for, so that the page can be read without the source. */
import { cell, code, table } from './markdown.ts';
import { aliasOf, allMembers, interfacesOf } from './typescript-source.ts';

/** Names whose definition in the source would tell a reader less. */
const KNOWN: Readonly<Record<string, string>> = {
  Phase: 'a phase of [the lifecycle](lifecycle.md)',
  ErrorCode: 'a code of [the errors](errors.md)',
  MsvcEvent: 'an [event](events.md)',
  Record: '',
  Readonly: '',
  Partial: '',
};

/** Branded texts are texts to whoever reads JSON. */
export function plainType(type: string): string {
  return type.replace(/\b(ServiceName|InstanceId)\b/g, 'string').replace(/\bReadonly<(.*)>$/, '$1');
}

/** A section with each name that occurs in `types`, and those that occur in theirs. */
export function namedTypes(types: readonly string[], sources: readonly string[]): string {
  const rows = new Map<string, string>();
  const add = (type: string): void => {
    for (const name of type.replace(/'[^']*'/g, '').match(/\b[A-Z]\w+/g) ?? []) {
      if (rows.has(name) || KNOWN[name] === '') continue;
      const text = KNOWN[name];
      const definition = text === undefined ? definitionOf(name, sources) : undefined;
      rows.set(name, text ?? code(definition as string));
      if (definition !== undefined) add(definition);
    }
  };
  for (const type of types) add(type);
  const sorted = [...rows].sort(([a], [b]) => a.localeCompare(b));
  return `## Types\n\n${table(
    ['name', 'is'],
    sorted.map(([name, text]) => [code(name), text.startsWith('`') ? text : cell(text)]),
  )}\n`;
}

function definitionOf(name: string, sources: readonly string[]): string {
  for (const source of sources) {
    const alias = aliasOf(source, name);
    if (alias !== undefined) return plainType(alias);
    const found = interfacesOf(source).find((one) => one.name === name);
    if (found)
      return plainType(
        `{ ${allMembers(found, sources)
          .map((one) => `${one.name}: ${one.type}`)
          .join('; ')} }`,
      );
  }
  throw new Error(`the reference pages use ${name}, and no source defines it`);
}
