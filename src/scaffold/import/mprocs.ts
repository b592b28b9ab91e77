/** mprocs.yaml: https://github.com/pvolok/mprocs */
import type { Draft } from './draft.ts';
import { type Handled, importStructured, LOST } from './structured.ts';

export function importMprocs(source: string): Draft {
  return importStructured(source, {
    processes: 'procs',
    handlers: {
      '': (shell) => (typeof shell === 'string' ? { command: shell } : 'it has no command'),
      shell: (command) => ({ command }),
      cmd: (command) => ({ command }),
      cwd: (cwd) => ({ working_dir: String(cwd).replace(/^<CONFIG_DIR>\/?/, './') }),
      env: environment,
      autostart: (autostart) => (autostart === false ? { profiles: ['manual'] } : {}),
      autorestart: (autorestart) => ({ restart: autorestart ? 'always' : 'no' }),
      stop: (stop) =>
        typeof stop === 'string' && /^SIG(INT|TERM|KILL|HUP|QUIT)$/.test(stop)
          ? { stop_signal: stop }
          : 'msvc stops a service by a signal: `stop_signal`',
      deps: (depends_on) => ({ depends_on }),
      add_path: () => 'write it into `PATH` under `environment`',
    },
  });
}

/** null takes a variable away there; here it would take it from the shell. */
function environment(value: unknown): Handled {
  const all = Object.entries((value ?? {}) as Record<string, unknown>);
  const gone = all.filter(([, text]) => text === null).map(([name]) => `\`${name}\``);
  return {
    environment: Object.fromEntries(all.filter(([, text]) => text !== null)),
    ...(gone.length > 0 && { [LOST]: `msvc does not take ${gone.join(', ')} out of the environment` }),
  };
}
