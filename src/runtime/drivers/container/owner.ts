/**
 * Gives the files of msvc's own that a container writes (the folder of its database) to the user that runs inside.
 * Where msvc may not give files away (it is not root) and that user is another, the folder is opened to everybody:
 * it stands in the project's own folder, and removing what is in it stays possible.
 */
import { chmodSync, chownSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { ContainerLaunch } from '../driver.ts';

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

export async function giveFiles(container: Docker.Container, run: ContainerLaunch): Promise<void> {
  const folders = run.mounts.filter((mount) => mount.owned).map((mount) => mount.source);
  if (folders.length === 0) return;
  const user = run.spec.user ?? run.image.user;
  const ids = numericIds(user) ?? (await lookUp(container, user));
  if (ids === null) return;
  for (const folder of folders) {
    for (const file of [folder, ...readdirSync(folder).map((name) => path.join(folder, name))]) give(file, ids);
  }
}

function give(file: string, { uid, gid }: Ids): void {
  const { uid: owner, gid: group, mode } = statSync(file);
  if (owner === uid && group === gid) return;
  try {
    chownSync(file, uid, gid);
  } catch {
    if (uid !== 0) chmodSync(file, mode | 0o666 | ((mode & 0o111) > 0 ? 0o111 : 0));
  }
}

/** `1000`, `1000:1000`; root where nothing is said. Null for a name. */
export function numericIds(user: string): Ids | null {
  if (user === '') return { uid: 0, gid: 0 };
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
  return uid === undefined ? null : { uid: Number(uid), gid: Number(gid ?? 0) };
}

/** A name means what the image's own /etc/passwd and /etc/group say. */
async function lookUp(container: Docker.Container, user: string): Promise<Ids | null> {
  const [name, group] = user.split(':');
  const passwd = await fileIn(container, '/etc/passwd');
  const row = rowOf(passwd, name!);
  const uid = Number(row?.[2] ?? (/^\d+$/.test(name!) ? name : Number.NaN));
  if (!Number.isInteger(uid)) return null;
  if (group === undefined) return { uid, gid: Number(row?.[3] ?? 0) };
  const gid = /^\d+$/.test(group) ? Number(group) : Number(rowOf(await fileIn(container, '/etc/group'), group)?.[2]);
  return Number.isInteger(gid) ? { uid, gid } : null;
}

function rowOf(table: string, name: string): string[] | undefined {
  return table
    .split('\n')
    .map((line) => line.split(':'))
    .find(([first]) => first === name);
}

/** One file of a container; empty when it has none. The engine answers with a tar of one entry: a head of 512 bytes. */
async function fileIn(container: Docker.Container, file: string): Promise<string> {
  try {
    const tar = await buffer((await container.getArchive({ path: file })) as Readable);
    const size = Number.parseInt(tar.subarray(124, 136).toString('latin1'), 8);
    return tar.subarray(512, 512 + size).toString('utf8');
  } catch {
    return '';
  }
}
