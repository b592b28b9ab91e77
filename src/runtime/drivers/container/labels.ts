/** What everything that msvc makes in an engine is called and marked with. Pure. Nothing without these marks is touched. */
import { createHash } from 'node:crypto';

export interface Owner {
  readonly project: string;
  /** Tells two checkouts of one project apart. */
  readonly scope: string;
  /** Of the engine's life. */
  readonly run: string;
}

export const LABEL = {
  project: 'msvc.project',
  scope: 'msvc.scope',
  run: 'msvc.run',
  service: 'msvc.service',
  replica: 'msvc.replica',
  instance: 'msvc.instance',
  /** Of a volume: its key in msvc.yaml, or `anonymous`. */
  volume: 'msvc.volume',
} as const;

export function scopeOf(stateDir: string): string {
  return createHash('sha256').update(stateDir).digest('hex').slice(0, 10);
}

/** Of a network, a volume or an image: they may outlive a run. */
export function projectLabels({ project, scope }: Owner): Record<string, string> {
  return { [LABEL.project]: project, [LABEL.scope]: scope };
}

export function containerLabels(
  owner: Owner,
  at: { readonly service: string; readonly replica: number; readonly instance: string },
): Record<string, string> {
  return {
    ...projectLabels(owner),
    [LABEL.run]: owner.run,
    [LABEL.service]: at.service,
    [LABEL.replica]: String(at.replica),
    [LABEL.instance]: at.instance,
  };
}

/** `shop-web-2-1-1f3a5c`: project, service, replica, generation; the scope keeps checkouts apart. */
export function containerName(
  owner: Owner,
  at: { readonly service: string; readonly replica: number; readonly instance: string },
  unique = '',
): string {
  const generation = at.instance.split('@')[1] ?? '0';
  return `${owner.project}-${at.service}-${at.replica}-${generation}-${owner.scope.slice(0, 6)}${unique}`;
}

export function networkName({ project, scope }: Owner): string {
  return `${project}-${scope.slice(0, 6)}`;
}

export function builtImageName({ project, scope }: Owner, service: string): string {
  return `msvc/${project}-${service}:${scope}`;
}

/** For the engine's lists: everything of this project in this folder. */
export function ofScope(scope: string): { label: string[] } {
  return { label: [`${LABEL.scope}=${scope}`] };
}
