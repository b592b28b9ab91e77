/**
 * Names that msvc fills at launch, against what this service is really given: `${PORT}` without a port,
 * `${PAYMENTS_URL}` without the edge. Also names of msvc's own that `environment` takes away from it.
 */
import type { SecretGrant, ServiceSpec } from '../../model/project.ts';
import { templateRefs } from '../../model/template.ts';
import type { ServiceDraft } from '../build/service.ts';
import { type HoleUse, holeUses } from '../build/uses.ts';
import { DATABASE_NAMES, edgeNames, isGivenTo, PORT_NAME, type ProvidedNames } from '../interpolate/provided.ts';
import type { Problems } from '../problems.ts';

export function checkHoles(draft: ServiceDraft, spec: ServiceSpec, provided: ProvidedNames, problems: Problems): void {
  const told = new Set<string>();
  for (const use of holeUses(draft)) {
    const lack = lackOf(use, spec, provided);
    // Host and port of one missing edge are one mistake.
    if (lack === undefined || told.has(lack.why)) continue;
    told.add(lack.why);
    problems.error('not-provided', `\`${use.name}\` is not given to \`${spec.name}\`: ${lack.why}`, use.place, {
      hint: lack.hint,
    });
  }
  checkOverridden(spec, problems);
}

function lackOf(use: HoleUse, spec: ServiceSpec, provided: ProvidedNames): { why: string; hint: string } | undefined {
  const { name } = use;
  if (use.optional || name in spec.environment || name in spec.envFile) return undefined;
  if (isGivenTo(spec, name, use.shared)) return undefined;
  if (isGivenTo(spec, name)) return SHARED_HOOK;
  if (name === PORT_NAME) return { why: 'it has no port', hint: 'take `port: none` out' };
  if ((DATABASE_NAMES as readonly string[]).includes(name)) {
    return { why: 'it has no database', hint: 'add `database: true`' };
  }
  const secret = provided.secretOf(name);
  if (secret !== undefined) {
    const secrets = [...spec.secrets, secret].map(written).join(', ');
    return { why: `it does not have the secret \`${secret.source}\``, hint: `add \`secrets: [${secrets}]\`` };
  }
  const callee = provided.calleesOf(name).find((owner) => owner !== spec.name);
  if (callee === undefined) return { why: 'it is its own address', hint: 'use `${PORT}`' };
  const calls = [...spec.calls, callee].join(', ');
  return { why: `only a declared call gives it the address of \`${callee}\``, hint: `add \`calls: [${calls}]\`` };
}

function written({ source, target }: SecretGrant): string {
  return source === target ? source : `{ source: ${source}, target: ${target} }`;
}

const SHARED_HOOK = {
  why: 'this command runs once, not for each replica',
  hint: 'write `per_replica: true` beside its `command`',
};

/** `environment` is stronger than msvc; where that cuts a wire, say so. */
function checkOverridden(spec: ServiceSpec, problems: Problems): void {
  const wires = new Map<string, string>([
    ['MSVC_RUN', 'msvc finds what a crash left behind by it; take it out'],
    ['MSVC_SERVICE', 'msvc finds what a crash left behind by it; take it out'],
    ['MSVC_REPLICA', 'msvc finds what a crash left behind by it; take it out'],
    ['MSVC_INSTANCE', 'msvc finds what a crash left behind by it; take it out'],
  ]);
  if (spec.port.kind === 'auto') wires.set('PORT', 'for a fixed port write `port: 3000`; else take it out');
  if (spec.database) for (const name of DATABASE_NAMES) wires.set(name, 'its database is elsewhere; take it out');
  for (const callee of spec.calls) {
    for (const name of edgeNames(callee))
      wires.set(name, `its calls then go past msvc: no balancing and no figures for this edge`);
  }
  for (const [name, value] of Object.entries(spec.environment)) {
    const hint = wires.get(name);
    if (hint === undefined || templateRefs(value).includes(name)) continue;
    problems.warning(
      'overrides-provided',
      `\`${name}\` takes the place of the value msvc provides`,
      spec.places[`environment.${name}`],
      { hint },
    );
  }
}
