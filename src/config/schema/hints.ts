/** What to write instead of a value of the wrong shape. Pure; guesses only where the guess is near. */
import type { core } from 'zod';
import { suggest } from '../../model/suggest.ts';
import type { MapNode, Node, ScalarNode } from '../tree/node.ts';

type Issue = core.$ZodIssue;

export function hintFor(node: Node, issue: Issue): string | undefined {
  if (issue.path.length === 0 && node.kind !== 'map') return 'begin with `services:`, and below it a name for each';
  if (node.kind === 'map') return mapHint(node, issue);
  return node.kind === 'scalar' ? scalarHint(node, issue) : undefined;
}

/** `- LOG_LEVEL: debug` in a list of texts. */
function mapHint(node: MapNode, issue: Issue): string | undefined {
  const [only] = [...node.entries.values()];
  const listed = /^\d+$/.test(String(issue.path.at(-1)));
  if (!listed || only === undefined || node.entries.size > 1 || only.value.kind !== 'scalar') return undefined;
  return `an item with \`: \` is a map: write \`${only.key}=${only.value.text}\`, or put it in quotes`;
}

function scalarHint(node: ScalarNode, issue: Issue): string | undefined {
  const phrase = issue.message;
  const { text } = node;
  const words = [...phrase.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);
  const key = /^a map with (?:at least )?`([^`]+)`/.exec(phrase)?.[1];
  if (key !== undefined) return `write \`{ ${key}: ${text} }\``;
  if (phrase.startsWith('a list') && !text.includes('=')) return `write \`[${text}]\``;
  if (phrase.startsWith('a duration') && typeof node.value === 'number') return `write the unit: \`${text}s\``;
  if (words.includes('true') && /^(yes|on)$/i.test(text)) return 'write `true`';
  if (words.includes('false') && /^(no|off)$/i.test(text)) return 'write `false`';
  if (words.includes('no') && node.value === false) return 'write `no`';
  const near = suggest(text, issue.code === 'invalid_value' ? issue.values.map(String) : words);
  if (near !== undefined && near !== text) return `did you mean \`${near}\`?`;
  if (typeof node.value === 'string' || node.value === null || !wantsText(issue) || words.length > 1) return undefined;
  return `put it in quotes: \`"${text}"\``;
}

function wantsText(issue: Issue): boolean {
  if (issue.code === 'invalid_type') return issue.expected === 'string';
  if (issue.code !== 'invalid_union') return false;
  return issue.errors.some((form) => form.some((inner) => inner.path.length === 0 && wantsText(inner)));
}
