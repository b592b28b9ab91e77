/** docs/reference/events.md: every type of event with its facts, from the text of src/model/event.ts. */
import { EVENT_MEANINGS } from './event-meanings.ts';
import { cell, code, GENERATED, table } from './markdown.ts';
import { namedTypes, plainType } from './named-types.ts';
import { interfaceOf, type Member, membersOf } from './typescript-source.ts';

/** @param source of src/model/event.ts @param sources where the types are defined that it uses */
export function eventsPage(source: string, sources: readonly string[]): string {
  const groups = new Map<string, string[][]>();
  const types: string[] = [];
  for (const event of interfaceOf(source, 'EventFacts').members) {
    const subject = event.name.split('.')[0] as string;
    const meaning = EVENT_MEANINGS[event.name as keyof typeof EVENT_MEANINGS];
    const members = factsOf(event.type, source);
    const facts = members.map((fact) => code(`${fact.name}: ${plainType(fact.type)}`));
    types.push(...members.map((fact) => plainType(fact.type)));
    const row = [
      code(event.name),
      cell([meaning, event.doc].filter((text) => text !== '').join(' ')),
      facts.join('<br>'),
    ];
    groups.set(subject, [...(groups.get(subject) ?? []), row]);
  }
  const sections = [...groups].map(
    ([subject, rows]) => `## ${subject}\n\n${table(['event', 'when', 'facts'], rows)}\n`,
  );
  return `${GENERATED}# Events

Everything that happens in a system is an event. \`msvc events --json\` prints one a line, \`--follow\` goes on,
\`--since\` starts later. \`msvc why <service>\` walks the causes back for you.

Every event has these fields, then the facts of its type:

${table(
  ['field', 'type', ''],
  [
    ['`seq`', 'number', 'Grows by one with each event of a run.'],
    ['`at`', 'number', 'Milliseconds since 1970, for display. Nothing is computed from it: order is `seq`.'],
    ['`type`', 'string', '`subject.past-participle`'],
    ['`cause`', 'number', 'The `seq` of the event that led to this one. Absent where there is none.'],
  ],
)}

Fields and types are added over time. None is renamed or taken away within a major version.

${sections.join('\n')}
${namedTypes(types, sources)}`;
}

/** `OfService & { readonly a: string }` -> all fields, with those of the named parts spelled out. */
function factsOf(type: string, source: string): Member[] {
  return splitParts(type).flatMap((part) => {
    if (part.startsWith('{')) return membersOf(part.slice(1, -1));
    if (part === 'OfService') return membersOf('service: string;');
    if (part === 'OfEdge') return membersOf('caller: string; callee: string; route?: string;');
    if (part === 'OfRegistration') return membersOf('service: string; id: string;');
    if (part === 'OfInstance') return membersOf('service: string; instance: string; replica: number;');
    return [...interfaceOf(source, part).members];
  });
}

/** At the `&`s that are not inside braces. */
function splitParts(type: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const char of type) {
    if (char === '{') depth++;
    if (char === '}') depth--;
    if (char === '&' && depth === 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
