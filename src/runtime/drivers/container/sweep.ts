/** Removes what earlier runs of a project left in the engine. Known by its labels; nothing else is touched. */
import type Docker from 'dockerode';
import { statusOf } from './errors.ts';
import { LABEL, ofScope } from './labels.ts';

export interface Left {
  readonly id: string;
  readonly name: string;
}

/** @param run of the engine that lives: its containers stay. @returns what was removed */
export async function removeContainers(docker: Docker, scope: string, run: string | null): Promise<readonly Left[]> {
  const found = await docker.listContainers({ all: true, filters: ofScope(scope) });
  const left = found.filter(({ Labels: labels }) => labels[LABEL.run] !== run);
  await Promise.all(
    left.map(({ Id }) =>
      docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        // 404: gone meanwhile; 409: its removal is under way.
        .catch(ignore(404, 409)),
    ),
  );
  return left.map(({ Id, Names }) => ({ id: Id, name: (Names[0] ?? Id).replace(/^\//, '') }));
}

/** @returns names of those that the engine does not let go */
export async function removeNetworks(docker: Docker, scope: string): Promise<readonly string[]> {
  const found = await docker.listNetworks({ filters: JSON.stringify(ofScope(scope)) as never });
  const gone = await Promise.all(found.map(({ Id }) => removeNetwork(docker, Id)));
  return found.filter((_, index) => !gone[index]).map(({ Name }) => Name);
}

/**
 * @returns false when the engine counts an endpoint on it: somebody else's container, or one that is none any more
 *   (engines lose track when several end at once), which only a restart of the engine mends
 */
export async function removeNetwork(docker: Docker, id: string): Promise<boolean> {
  try {
    await docker.getNetwork(id).remove();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return true;
    if (statusOf(error) === 403) return false;
    throw error;
  }
}

/** @param which `anonymous`: those of image VOLUMEs; `all`: named ones too */
export async function removeVolumes(docker: Docker, scope: string, which: 'anonymous' | 'all'): Promise<void> {
  const label = [...ofScope(scope).label, ...(which === 'anonymous' ? [`${LABEL.volume}=anonymous`] : [])];
  const { Volumes: found } = await docker.listVolumes({ filters: JSON.stringify({ label }) as never });
  await Promise.all((found ?? []).map(({ Name }) => docker.getVolume(Name).remove().catch(ignore(404, 409))));
}

/** Tags and images that builds made, but not their layers: the next build begins where this one ended. */
export async function removeBuilt(docker: Docker, scope: string, isKept: (tag: string) => boolean): Promise<void> {
  const found = await docker.listImages({ filters: JSON.stringify(ofScope(scope)) as never });
  for (const { Id, RepoTags: tags } of found) {
    const real = (tags ?? []).filter((tag) => tag !== '<none>:<none>');
    const gone = real.filter((tag) => !isKept(tag));
    for (const tag of gone) await docker.getImage(tag).remove({ noprune: true }).catch(ignore(404, 409));
    if (real.length === 0) await docker.getImage(Id).remove({ noprune: true }).catch(ignore(404, 409));
  }
}

function ignore(...statuses: readonly number[]): (error: unknown) => void {
  return (error) => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  };
}
