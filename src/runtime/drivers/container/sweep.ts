/** Removes what a project has in the engine. Known by its labels; nothing else is touched. */
import type Docker from 'dockerode';
import { messageOf, statusOf } from './errors.ts';
import { LABEL, ofScope } from './labels.ts';

export interface Stuck {
  readonly kind: 'container' | 'network' | 'volume' | 'image';
  readonly name: string;
  /** In the engine's words. */
  readonly reason: string;
}

export interface Swept {
  /** Names, of what is gone already too. */
  readonly removed: readonly string[];
  /** What the engine does not let go, mostly since somebody else uses it. */
  readonly stuck: readonly Stuck[];
}

interface Removal {
  readonly name: string;
  readonly remove: () => Promise<unknown>;
}

/**
 * @param livingRun of the engine that lives: its containers stay. Asked when they have been listed, so that none is
 *   listed of an engine that began meanwhile
 */
export async function removeContainers(docker: Docker, scope: string, livingRun: () => string | null): Promise<Swept> {
  const found = await docker.listContainers({ all: true, filters: ofScope(scope) });
  const run = livingRun();
  const left = found.filter(({ Labels: labels }) => labels[LABEL.run] !== run);
  return removeAll(
    'container',
    left.map(({ Id, Names }) => ({
      name: (Names[0] ?? Id).replace(/^\//, ''),
      remove: () => removeContainer(docker.getContainer(Id)),
    })),
  );
}

/** With its anonymous volumes. Also when it is gone already, or its removal is under way. @throws the engine's error */
export async function removeContainer(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
  }
}

/**
 * Stuck: the engine counts an endpoint on it, of somebody else's container or of one that is none any more (engines
 * lose track when several end at once), which only a restart of the engine mends.
 */
export function removeNetworks(docker: Docker, networks: readonly Docker.NetworkInspectInfo[]): Promise<Swept> {
  return removeAll(
    'network',
    networks.map(({ Id, Name: name }) => ({ name, remove: () => docker.getNetwork(Id).remove() })),
  );
}

export function networksOf(docker: Docker, scope: string): Promise<Docker.NetworkInspectInfo[]> {
  return docker.listNetworks({ filters: JSON.stringify(ofScope(scope)) as never });
}

/** @param which `anonymous`: those of image VOLUMEs; `all`: named ones too */
export async function removeVolumes(docker: Docker, scope: string, which: 'anonymous' | 'all'): Promise<Swept> {
  const label = [...ofScope(scope).label, ...(which === 'anonymous' ? [`${LABEL.volume}=anonymous`] : [])];
  const { Volumes: found } = await docker.listVolumes({ filters: JSON.stringify({ label }) as never });
  return removeAll(
    'volume',
    (found ?? []).map(({ Name: name }) => ({ name, remove: () => docker.getVolume(name).remove() })),
  );
}

/** Tags and images that builds made, but not their layers: the next build begins where this one ended. */
export async function removeBuilt(docker: Docker, scope: string, isKept: (tag: string) => boolean): Promise<Swept> {
  const found = await docker.listImages({ filters: JSON.stringify(ofScope(scope)) as never });
  const names = found.flatMap(({ Id, RepoTags: tags }) => {
    const real = (tags ?? []).filter((tag) => tag !== '<none>:<none>');
    return real.length === 0 ? [Id] : real.filter((tag) => !isKept(tag));
  });
  return removeAll(
    'image',
    names.map((name) => ({ name, remove: () => docker.getImage(name).remove({ noprune: true }) })),
  );
}

/** @throws when the engine cannot be reached */
async function removeAll(kind: Stuck['kind'], removals: readonly Removal[]): Promise<Swept> {
  const refusals = await Promise.all(removals.map(({ remove }) => refusalOf(remove)));
  return {
    removed: removals.filter((_, at) => refusals[at] === null).map(({ name }) => name),
    stuck: removals.flatMap(({ name }, at) => {
      const reason = refusals[at];
      return reason == null ? [] : [{ kind, name, reason }];
    }),
  };
}

/** Null: it is gone. Of an engine that answers, a refusal is a fact like any other. */
async function refusalOf(remove: Removal['remove']): Promise<string | null> {
  try {
    await remove();
    return null;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return null;
    if (status === undefined) throw error;
    return messageOf(error);
  }
}
