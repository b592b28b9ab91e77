/**
 * What a template's language brings from a network, from what is here instead: Debian's packages for Python's and Go's
 * registries, a build of the repository for SQLite's binding. The service's own files and commands are left as they are.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { lacksBase } from './base-images.ts';
import { REPOSITORY } from './cli.ts';
import type { Rig } from './msvc-rig.ts';
import { lacks } from './skip.ts';

export interface Stand {
  /** Why the template cannot be tried on this machine; false = it can. */
  readonly missing?: () => Promise<string | false> | string | false;
  readonly env?: () => Readonly<Record<string, string>>;
  /** Once a rig, before anything of the language runs. */
  readonly prepare?: (rig: Rig) => void;
  /** Once for each new service's folder. */
  readonly fetch?: (rig: Rig, folder: string) => void;
}

export const STANDS: Readonly<Record<string, Stand>> = {
  container: { missing: () => lacksBase('python:3.13-slim') },
  go: {
    missing: () => (goBinary() === undefined ? 'go 1.22 or newer is not installed here' : noDriver()),
    // Debian's driver is built against its SQLite library, in seconds.
    env: () => ({ GOFLAGS: '-tags=libsqlite3', GOTOOLCHAIN: 'local', GOPROXY: 'off', GOCACHE: goCache() }),
    prepare: (rig) => symlinkSync(goBinary() as string, path.join(rig.root, 'bin/go')),
    fetch: (rig, folder) => {
      const uses = [...goFolders(rig), folder].map((dir) => `use ./${path.relative(rig.dir, dir)}\n`);
      rig.write(
        'go.work',
        `go 1.22\n\n${[...new Set(uses)].join('')}\nreplace github.com/mattn/go-sqlite3 => ${DRIVER}\n`,
      );
    },
  },
  'python-fastapi': {
    missing: () =>
      spawnSync(PYTHON, ['-c', 'import fastapi, uvicorn, httpx, pytest, venv, pip']).status !== 0 &&
      'not installed here: FastAPI, uvicorn, httpx and pytest for the Python of the system',
    // What is installed must do; pip says so when it does not.
    env: () => ({ PIP_NO_INDEX: '1', PIP_NO_DEPS: '1' }),
    prepare: (rig) => {
      const python = path.join(rig.root, 'bin/python3');
      // Installing pip into each venv would take most of the test's time.
      const venv = `${PYTHON} -m venv --without-pip --system-site-packages "$3" || exit`;
      const pip = `printf '#!/bin/sh\\nexec "$(dirname "$0")/python" -m pip "$@"\\n' > "$3/bin/pip"; chmod +x "$3/bin/pip"`;
      writeFileSync(
        python,
        `#!/bin/sh\nif [ "$1 $2" = "-m venv" ]; then ${venv}; ${pip}; exit; fi\nexec ${PYTHON} "$@"\n`,
      );
      chmodSync(python, 0o755);
    },
  },
  typescript: {
    fetch: (rig, folder) => {
      run(rig, 'npm install --no-audit --no-fund --ignore-scripts', folder);
      const [from, to] = [REPOSITORY, folder].map((root) => path.join(root, 'node_modules/better-sqlite3'));
      const versions = [from, to].map(
        (dir) => JSON.parse(readFileSync(path.join(dir!, 'package.json'), 'utf8')).version,
      );
      if (versions[0] === versions[1]) cpSync(path.join(from!, 'build'), path.join(to!, 'build'), { recursive: true });
      else run(rig, 'npm rebuild better-sqlite3', folder);
    },
  },
};

/** How this machine reaches a registry. */
const NETWORK = /^(NODE_EXTRA_CA_CERTS|npm_config_\w+|https?_proxy|no_proxy)$/i;

export function run(rig: Rig, command: string, cwd: string): void {
  const network = Object.entries(process.env).filter(([name]) => NETWORK.test(name));
  const env = { ...Object.fromEntries(network), ...rig.env };
  const done = spawnSync('sh', ['-c', command], { cwd, env, encoding: 'utf8', timeout: 300_000 });
  rig.transcript.push(`$ ${command}  -> ${done.signal ?? done.status}\n${done.stdout}${done.stderr}`);
  expect(done.status, `${command}\n${done.stdout}${done.stderr}`).toBe(0);
}

/** Not the one of a version manager, which knows nothing of Debian's packages. */
const PYTHON = '/usr/bin/python3';
const DRIVER = '/usr/share/gocode/src/github.com/mattn/go-sqlite3';

function noDriver(): string | false {
  if (!existsSync(DRIVER)) return 'not installed here: the SQLite driver for Go (golang-github-mattn-go-sqlite3-dev)';
  return lacks('cc');
}

/** @returns the newest that is new enough, of the PATH and of Debian's folders */
function goBinary(): string | undefined {
  const inPath = spawnSync('sh', ['-c', 'command -v go'], { encoding: 'utf8' }).stdout.trim();
  const all = ['/usr/local/go/bin/go', ...debians(), inPath].filter((file) => file !== '' && existsSync(file));
  const found = all.map((file) => ({ file, minor: goVersion(file) })).sort((a, b) => b.minor - a.minor)[0];
  return found && found.minor >= 22 ? found.file : undefined;
}

const debians = (): string[] =>
  readdirSync('/usr/lib')
    .filter((name) => name.startsWith('go-1.'))
    .map((name) => `/usr/lib/${name}/bin/go`);

function goVersion(file: string): number {
  const { stdout } = spawnSync(file, ['version'], { encoding: 'utf8', env: { ...process.env, GOTOOLCHAIN: 'local' } });
  return Number(/go1\.(\d+)/.exec(stdout ?? '')?.[1] ?? 0);
}

/** The developer's own: compiling the standard library again and again would take the test's time. */
function goCache(): string {
  return execFileSync(goBinary() as string, ['env', 'GOCACHE'], { encoding: 'utf8' }).trim();
}

function goFolders(rig: Rig): string[] {
  const services = rig.path('services');
  return readdirSync(services)
    .map((name) => path.join(services, name))
    .filter((folder) => existsSync(path.join(folder, 'go.mod')));
}
