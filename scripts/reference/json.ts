/** docs/reference/json.md: what `--json` prints, from the text of src/cli/json-contract.ts. */
import { cell, code, GENERATED, table } from './markdown.ts';
import { namedTypes, plainType } from './named-types.ts';
import { allMembers, interfacesOf } from './typescript-source.ts';

/** @param source of src/cli/json-contract.ts @param sources where the types are defined that it uses */
export function jsonPage(source: string, sources: readonly string[]): string {
  const types: string[] = [];
  const sections = interfacesOf(source).map((one) => {
    const { doc } = one;
    const members = allMembers(one, [source, ...sources]);
    const title = /`([^`]+)`/.exec(doc)?.[1];
    if (title === undefined) throw new Error(`a JSON contract without a command in its comment: ${doc}`);
    types.push(...members.map(({ type }) => plainType(type)));
    const rows = members.map((member) => [code(member.name), code(plainType(member.type)), cell(member.doc)]);
    const about = doc === `\`${title}\`` ? '' : `${sentence(doc)}\n\n`;
    return `## ${title}\n\n${about}${table(['field', 'type', ''], rows)}\n`;
  });
  return `${GENERATED}# JSON output

A program reads msvc through \`--json\`. What it prints is a contract: fields are added, none is renamed or taken away
within a major version. What is not known is \`null\`, never absent. Times are ISO 8601 in UTC with milliseconds.

Standard output holds nothing but the JSON. A command that fails with \`--json\` prints one object on standard error
(\`{"error": ...}\`, the last section), and its exit code tells the kind, see [errors](errors.md). \`msvc events --json\`
prints one event a line, see [events](events.md).

${sections.join('\n')}
${namedTypes(types, [source, ...sources])}`;
}

function sentence(text: string): string {
  return /[.:]$/.test(text) ? text : `${text}.`;
}
