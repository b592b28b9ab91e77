/**
 * Stand-ins for the base images that templates' Dockerfiles begin with, made of this machine's own interpreters and
 * compilers: nothing is pulled. An image of that name that is there already is used, and never removed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { engine, lacksEngine } from './containers.ts';

interface Base {
  /** Absolute; a folder with all that is in it. Links are followed. */
  readonly files: readonly string[];
  /** Programs and libraries, whose own libraries come along. */
  readonly linked: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const LABEL = 'msvc.test.base';
const PYTHON = '/usr/lib/python3.11';

const node = (): Base => ({
  files: [],
  linked: [process.execPath],
  env: { PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin` },
});

const BASES: Readonly<Record<string, () => Base>> = {
  'node:24-alpine': node,
  'node:24-slim': node,
  'python:3.13-slim': () => ({
    files: [PYTHON, '/usr/lib/python3/dist-packages'],
    linked: ['/usr/bin/python3', ...inFolder(`${PYTHON}/lib-dynload`)],
    // What is installed must do.
    env: { PATH: '/usr/bin:/bin', PIP_NO_INDEX: '1', PIP_NO_DEPS: '1' },
  }),
  'golang:1.25': () => {
    const root = `/usr/lib/go-1.${newestGo()}`;
    return {
      files: [root, root.replace('/lib/', '/share/')],
      linked: [`${root}/bin/go`],
      env: { PATH: `${root}/bin:/usr/bin:/bin`, GOTOOLCHAIN: 'local', HOME: '/tmp' },
    };
  },
};

/** @returns the reason for `skipIf`, or false once there is such an image */
export async function lacksBase(name: string): Promise<string | false> {
  const without = await lacksEngine();
  if (without) return without;
  const there = await engine()
    .getImage(name)
    .inspect()
    .catch(() => undefined);
  if (there) return false;
  const base = BASES[name]?.();
  const absent = [...(base?.files ?? [name]), ...(base?.linked ?? [])].filter((file) => !existsSync(file));
  if (!base || absent.length > 0) return `no image ${name}, and nothing here to make one of: ${absent.join(', ')}`;
  importBase(name, base);
  return false;
}

/**
 * Those that `lacksBase` has made, in whichever run, and the layers that builds on them, and of these projects, have left.
 */
export async function removeBases(projects: RegExp): Promise<void> {
  if (await lacksEngine()) return;
  const images = await engine().listImages();
  const ours = images.filter(({ Labels: labels }) => {
    return labels && (LABEL in labels || projects.test(labels['msvc.project'] ?? ''));
  });
  ours.sort((a, b) => b.Created - a.Created);
  for (const { Id } of ours)
    await engine()
      .getImage(Id)
      .remove({ force: true })
      .catch(() => {});
}

function importBase(name: string, { files, linked, env }: Base): void {
  const root = mkdtempSync(path.join(tmpdir(), 'msvc-base-'));
  try {
    for (const folder of ['etc', 'tmp']) mkdirSync(path.join(root, folder), { mode: 0o1777 });
    const users = ['root:x:0:0', 'node:x:1000:1000', 'nobody:x:65534:65534'];
    writeFileSync(path.join(root, 'etc/passwd'), users.map((user) => `${user}::/tmp:/bin/sh\n`).join(''));
    const alone = linked.filter((file) => !files.some((folder) => file.startsWith(`${folder}/`)));
    const all = ['/bin/sh', ...files, ...alone, ...librariesOf(['/bin/sh', ...linked])].map((file) => file.slice(1));
    const list = path.join(root, 'list');
    writeFileSync(list, [...new Set(all)].join('\n'));
    const left = ['__pycache__', `${PYTHON.slice(1)}/test`, 'EXTERNALLY-MANAGED'].map((one) => `--exclude='${one}'`);
    const changes = Object.entries(env).map(([key, value]) => `-c 'ENV ${key}=${value}'`);
    const tar = `tar -ch ${left.join(' ')} -C ${root} etc tmp -C / -T ${list}`;
    const command = `${tar} | docker import ${changes.join(' ')} -c 'LABEL ${LABEL}=' - ${name}`;
    const done = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${command}\n${done.stderr}`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** As the dynamic linker finds them. */
function librariesOf(files: readonly string[]): string[] {
  const { stdout } = spawnSync('ldd', files, { encoding: 'utf8' });
  return [...new Set([...stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, file]) => file as string))];
}

function inFolder(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
}

function newestGo(): number {
  const minors = inFolder('/usr/lib').map((dir) => Number(/\/go-1\.(\d+)$/.exec(dir)?.[1] ?? 0));
  return Math.max(...minors);
}
