/** Where a service uses names that are known only at launch. Pure; the base of what it needs and of what it lacks. */

import type { Command } from '../../model/command.ts';
import type { Place } from '../../model/place.ts';
import type { RunSpec } from '../../model/run.ts';
import { type Template, type TemplateHole, templateRefs } from '../../model/template.ts';
import { type Node, placeAt, placeOf, type ScalarNode } from '../tree/node.ts';
import { entriesOf, get, itemsOf } from '../tree/read.ts';
import type { ServiceDraft } from './service.ts';

export interface HoleUse {
  readonly name: string;
  /** It says itself what holds when the name is not set (`:-`, `-`, `:+`, `+`). */
  readonly optional: boolean;
  /** In a hook that runs once for all replicas. */
  readonly shared: boolean;
  readonly place: Place;
}

export function holeUses(draft: ServiceDraft): HoleUse[] {
  const service = draft.entry.value;
  const hooks = itemsOf(get(service, 'pre_start'));
  return [
    ...usesIn(get(service, 'command'), false),
    ...usesIn(get(service, 'entrypoint'), false),
    ...usesIn(get(service, 'environment'), false),
    ...usesIn(get(get(service, 'healthcheck'), 'test'), false),
    ...hooks.flatMap((hook, i) => usesIn(hook, draft.preStart[i]?.perReplica !== true)),
  ];
}

function usesIn(node: Node | undefined, shared: boolean): HoleUse[] {
  if (node === undefined) return [];
  if (node.kind === 'list') return node.items.flatMap((item) => usesIn(item, shared));
  if (node.kind === 'map') return entriesOf(node).flatMap((entry) => usesIn(entry.value, shared));
  return holesIn(node.template ?? '').map((hole) => ({
    name: hole.ref,
    optional: hole.operator !== undefined && !hole.operator.endsWith('?'),
    shared,
    place: placeOfHole(node, hole.ref),
  }));
}

/** The hole itself where it can be found again in the file, else the whole text. */
function placeOfHole(node: ScalarNode, name: string): Place {
  const { file, start, end } = node.origin;
  const found = new RegExp(`\\$(?:\\{${name}\\b[^}]*\\}?|${name}\\b)`).exec(file.text.slice(start, end));
  if (found === null) return placeOf(node);
  return placeAt({ file, start: start + found.index, end: start + found.index + found[0].length });
}

function holesIn(template: Template): TemplateHole[] {
  if (typeof template === 'string') return [];
  return template.flatMap((part) => (typeof part === 'string' ? [] : [part, ...holesIn(part.word ?? '')]));
}

/** Its command, environment, probe or a hook of each replica mentions PORT, be it to msvc (`${PORT}`) or to a shell. */
export function usesPort(draft: ServiceDraft): boolean {
  const { probe } = draft.healthcheck;
  const commands = [...commandsOf(draft.run), ...(probe?.kind === 'exec' ? [probe.command] : [])];
  const hooks = draft.preStart.filter((hook) => hook.perReplica);
  return (
    [...commands, ...hooks.map((hook) => hook.command)].some(commandUsesPort) ||
    [draft.environment, ...hooks.map((hook) => hook.environment)].some((environment) =>
      Object.values(environment).some((value) => templateRefs(value).includes('PORT')),
    )
  );
}

function commandsOf(run: RunSpec): Command[] {
  if (run.kind === 'process') return [run.command];
  return [{ kind: 'exec', argv: [...(run.entrypoint ?? []), ...(run.command ?? [])] }];
}

function commandUsesPort(command: Command): boolean {
  const inShell = (text: string): boolean => /\$(PORT(?![A-Za-z0-9_])|\{PORT[^A-Za-z0-9_])/.test(text);
  if (command.kind === 'shell') return inShell(command.line);
  // `[sh, -c, 'serve $$PORT']` leaves it to a shell of the service's own.
  return command.argv.some((argument) =>
    typeof argument === 'string'
      ? inShell(argument)
      : templateRefs(argument).includes('PORT') || argument.some((part) => typeof part === 'string' && inShell(part)),
  );
}
