/** docs/reference/lifecycle.md: the life of an instance, from the table that the supervisor steps through. */
import type { Phase } from '../../src/model/instance.ts';
import type { InputType } from '../../src/runtime/lifecycle.ts';
import { transitions } from '../../src/runtime/lifecycle.ts';
import { code, GENERATED, table } from './markdown.ts';

const INPUTS: Readonly<Record<InputType, string>> = {
  launch: 'its turn has come: dependencies, hooks and migrations are done',
  launched: 'the process or container exists',
  'launch-failed': 'it could not be launched',
  'probe-passed': 'the probe passed',
  'probe-failed': 'the probe failed; after `retries` in a row it is unhealthy',
  'start-timeout': 'it did not become ready within its start period',
  exited: 'its process ended',
  drained: 'no request is in flight to it any more',
  emptied: 'no process of its group is left',
  'grace-over': '`stop_grace_period` is over',
  'backoff-over': 'the delay of the restart policy is over',
  stop: 'a person, a plan or a rollout asks it to stop',
  kill: 'it must end now',
};

export function lifecyclePage(instanceSource: string): string {
  const all = transitions();
  const phases = phaseMeanings(instanceSource);
  const chart = all
    .flatMap(({ from, input, to }) => to.map((target) => ({ from, input, target })))
    .filter(({ from, target }) => from !== target);
  const edges = new Map<string, string[]>();
  for (const { from, input, target } of chart) {
    const key = `${id(from)} --> ${id(target)}`;
    edges.set(key, [...(edges.get(key) ?? []), input]);
  }
  return `${GENERATED}# The life of an instance

An instance is one occupant of a replica slot. It lives through crashes and restarts; a new version of the service gets
a new instance beside it. These are the phases that \`msvc ps\` shows:

${table(
  ['phase', 'meaning'],
  Object.entries(phases).map(([phase, meaning]) => [code(phase), meaning]),
)}

\`\`\`mermaid
stateDiagram-v2
  [*] --> ${id('pending')}
${[...new Set(all.flatMap((one) => [one.from, ...one.to]))].map((phase) => `  state "${phase}" as ${id(phase)}`).join('\n')}
${[...edges].map(([edge, inputs]) => `  ${edge}: ${inputs.join(', ')}`).join('\n')}
\`\`\`

What is not in this table is ignored: the input came too late to matter.

${table(
  ['in', 'when', 'becomes'],
  all.map(({ from, input, to }) => [code(from), `${code(input)}: ${INPUTS[input]}`, to.map(code).join(' or ')]),
)}
`;
}

function id(phase: Phase): string {
  return phase.replaceAll('-', '_');
}

/** The comments of PHASES in src/model/instance.ts. */
function phaseMeanings(source: string): Record<string, string> {
  const list = source.slice(source.indexOf('PHASES = ['), source.indexOf('] as const'));
  return Object.fromEntries(
    [...list.matchAll(/\/\*\*([^*]+)\*\/\s*'([^']+)'/g)].map(([, doc, phase]) => [
      phase as string,
      (doc as string).trim(),
    ]),
  );
}
