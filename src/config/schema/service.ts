/** A service's keys, except its routes. Compose's words and shapes wherever Compose has them. Shapes only. */
import * as z from 'zod';
import { DEFAULTS } from '../defaults.ts';
import { printDuration } from '../units.ts';
import { command } from './command.ts';
import { containerKeys, containerLimits } from './container.ts';
import {
  duration,
  either,
  fixedMap,
  flag,
  listOf,
  mapOf,
  oneOf,
  pattern,
  scalar,
  size,
  text,
  whole,
} from './fields.ts';
import { healthcheck } from './healthcheck.ts';
import { routeForms } from './routes.ts';
import { serviceSmoke } from './smoke.ts';
import { trafficOfEdge, trafficOfService } from './traffic.ts';

const SERVICE_REF = { description: 'Name of a service.' };

export function service() {
  return fixedMap('service', 'a map with `command`, `image` or `build`', {
    command: command({
      description:
        'What runs. A text goes through `sh -c`, a list is run as it is. Names that msvc provides, such as `${PORT}`, are filled at launch. Beside `image` or `build`: the words given to the container, as in Compose; no shell reads them.',
      examples: ['node server.js', ['python3', 'server.py', '--port', '${PORT}']],
    }).optional(),
    ...containerKeys(),
    stdin_open: flag({
      description:
        'Its input stays open: `msvc attach` types into it. Otherwise input is empty and reading it ends at once.',
      default: false,
    }).optional(),
    tty: flag({
      description:
        'It gets a terminal, not pipes: programs show prompts and colours. With `stdin_open` it can be attached to as if it ran in yours. A process gets its terminal from the program `script` of this machine.',
      default: false,
    }).optional(),
    working_dir: text('a folder', {
      description: "Where it runs, relative to the file's folder; in a container a folder of the image.",
      default: '.',
      examples: ['services/orders'],
    }).optional(),
    environment: environment('Variables of its own; stronger than what msvc provides.').optional(),
    env_file: envFiles().optional(),
    port: either(
      '`auto`, a port number or `none`',
      {
        description:
          'The port it listens on, given to it as `PORT`. `none` makes it a worker; so does leaving it out when nothing needs a port of it. A container has its ports for itself: any number, for any number of replicas; `auto` is the port that its image exposes, or 8080.',
        default: 'auto',
        examples: ['auto', 3000, 'none'],
      },
      oneOf(['auto', 'none'], { description: 'A free port that stays the same, or no port.' }),
      whole(1, 65535, { description: 'A fixed port.' }),
    ).optional(),
    protocol: oneOf(['http', 'h2c', 'grpc', 'tcp'], {
      description:
        'What it speaks on its port: `http` is HTTP/1.1; `h2c` is HTTP/2 without TLS, and `grpc` is another name for it; `tcp` is anything else (Redis, PostgreSQL, NATS), balanced by connection. A callee’s `<NAME>_URL` begins with `tcp://` then.',
      default: 'http',
      examples: ['grpc', 'tcp'],
    }).optional(),
    public_port: whole(1, 65535, {
      description: 'Where the gateway takes connections to it from outside. Only with `protocol: tcp`.',
      examples: [6379],
    }).optional(),
    replicas: whole(0, 1000, {
      description: 'How many instances run.',
      default: DEFAULTS.replicas,
      examples: [3],
    }).optional(),
    deploy: fixedMap('deploy', 'a map with `replicas` or `resources`', {
      replicas: whole(0, 1000, { description: 'Compose’s place for `replicas`; both must agree.' }).optional(),
      resources: containerLimits().optional(),
    })
      .meta({ description: 'As in Compose; only `replicas` and `resources.limits`.' })
      .optional(),
    calls: calls().optional(),
    traffic: trafficOfService().optional(),
    depends_on: dependsOn().optional(),
    healthcheck: healthcheck().optional(),
    pre_start: preStart().optional(),
    restart: pattern(
      /^(no|always|unless-stopped|on-failure(:[1-9]\d*)?)$/,
      '`no`, `always`, `on-failure`, `on-failure:3` or `unless-stopped`',
      {
        description: 'What happens when it ends. `no` makes a job of a service without a port: exit 0 is `completed`.',
        default: DEFAULTS.restart,
        examples: ['on-failure:3', 'no'],
      },
    ).optional(),
    stop_signal: text('a signal such as `SIGTERM` or `SIGINT`', {
      description:
        'Asks it to stop; sent to its whole group, or to process 1 of a container (default: what its image says).',
      default: DEFAULTS.stopSignal,
      examples: ['SIGINT'],
    }).optional(),
    stop_grace_period: duration({
      description: 'How long it may take to stop before it is killed.',
      default: printDuration(DEFAULTS.stopGraceMs),
      examples: ['30s'],
    }).optional(),
    ...optionalRoutes(),
    database: database().optional(),
    develop: fixedMap('develop', 'a map with `watch`', { watch: watch().optional() })
      .meta({ description: 'What happens while one edits.' })
      .optional(),
    logging: logging().optional(),
    profiles: listOf(
      'a list of profile names',
      pattern(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, 'a profile name of letters, digits, `_`, `.` and `-`', {
        description: 'Name of a profile.',
      }),
      {
        description: 'It only runs when one of these is active (`--profile`), or when it is named.',
        examples: [['full']],
      },
    ).optional(),
    secrets: secretGrants().optional(),
    smoke: serviceSmoke().optional(),
  });
}

function secretGrants() {
  const source = text('the name of a secret', { description: 'Name of a top-level secret.' });
  const phrase = 'the name of a secret, or a map with `source`';
  const long = fixedMap('secret grant', phrase, {
    source,
    target: pattern(/^[^/\s]+$/, 'a name without `/`', {
      description: 'What the service calls it: the variable is `<TARGET>_FILE`. The default is its own name.',
      examples: ['db_password'],
    }).optional(),
  });
  const words = {
    description:
      'Secrets it may have. Each is a file that only this user can read, byte for byte its source; `<NAME>_FILE` tells where. At the next `up` a changed value replaces the service.',
    examples: [['db_password'], [{ source: 'db_password_test', target: 'db_password' }]],
  };
  return listOf('a list of secrets', either(phrase, words, source, long), words);
}

function optionalRoutes() {
  const { route, routes } = routeForms();
  return { route: route.optional(), routes: routes.optional() };
}

export function environment(description: string) {
  const value = z.union([scalar({ description: 'Its value.' }), z.null()], {
    error: 'a text, a number or `true`/`false`',
  });
  return either(
    'a map, or a list of `NAME=value`',
    { description, examples: [{ LOG_LEVEL: 'debug' }, ['LOG_LEVEL=debug']] },
    mapOf('a map of variables', value, { description: 'By name; without a value it is taken from the shell.' }),
    listOf('a list of `NAME=value`', z.string({ error: '`NAME=value`' }), { description: 'As `NAME=value`.' }),
  );
}

function envFiles() {
  const file = text('a file', { description: 'An env file.' });
  const long = fixedMap('env_file', 'a file or a map with `path`', {
    path: file,
    required: flag({ description: '`false`: no error when it does not exist.', default: true }).optional(),
    format: oneOf(['raw'], {
      description: '`raw`: every value is what stands behind the `=`, quotes and dollar signs too.',
    }).optional(),
  });
  const words = {
    description:
      'Files with `NAME=value` lines, later ones stronger. Weaker than `environment` and than what msvc provides.',
    examples: ['.env.orders', [{ path: '.env.local', required: false }]],
  };
  return either(
    'a file, or a list of files',
    words,
    file,
    listOf('a list of files', either('a file or a map with `path`', words, file, long), words),
  );
}

function calls() {
  const words = {
    description:
      'Services it calls. Each gives it `<NAME>_URL`, `<NAME>_HOST` and `<NAME>_PORT`: an address of its own at the gateway, balanced over the callee’s replicas. As a map, with how requests on that edge are treated.',
    examples: [['catalog', 'payments'], { payments: { timeout: '2s', retries: 1 } }],
  };
  const treated = z.union([trafficOfEdge(), z.null()], { error: 'a map with `timeout`, `retries`, `breaker`, ...' });
  return either(
    'a list of service names, or a map of service to how its requests are treated',
    words,
    listOf('a list of service names', text('the name of a service', SERVICE_REF), words),
    mapOf('a map of services', treated, { description: 'By service.' }),
  );
}

function dependsOn() {
  const edge = fixedMap('depends_on', 'a map with `condition`', {
    condition: oneOf(['service_started', 'service_healthy', 'service_completed_successfully'], {
      description: 'What it waits for.',
      default: 'service_started',
    }).optional(),
    required: flag({ description: '`false`: only a warning when it is missing or fails.', default: true }).optional(),
    restart: flag({ description: 'Restarted when msvc restarts or replaces the other.', default: false }).optional(),
  });
  return either(
    'a list of services, or a map of service to `condition`',
    {
      description: 'Services that start before it. They are started with it.',
      examples: [['catalog'], { catalog: { condition: 'service_healthy' } }],
    },
    listOf('a list of service names', text('the name of a service', SERVICE_REF), {
      description: 'Each waits for `service_started`.',
    }),
    mapOf('a map of services', edge, { description: 'By service.' }),
  );
}

function preStart() {
  const words = {
    description:
      'Commands that run before it starts (a build, a migration). It does not start when one fails; their output is in its log. They are stopped as the service is.',
    examples: ['npm run build', [{ command: ['go', 'build', '.'] }]],
  };
  const line = text('a command', { description: 'A command for the shell.' });
  const long = fixedMap('pre_start', 'a command or a map with `command`', {
    command: command({ description: 'What runs: a text through the shell, a list as it is.' }),
    working_dir: text('a folder', { description: "Where it runs; the service's own folder if left out." }).optional(),
    environment: environment('Variables beside those of the service.').optional(),
    per_replica: flag({
      description:
        'Before each new replica, with its environment and log, and after those that run once before the first. Only that replica does not start when it fails.',
      default: false,
    }).optional(),
  });
  return either(
    'a command, or a list of commands',
    words,
    line,
    listOf('a list of commands', either('a command or a map with `command`', words, line, long), words),
  );
}

function database() {
  const long = fixedMap('database', '`true`, or a map with `migrations` and `seed`', {
    migrations: text('a folder', {
      description: 'Folder of .sql files, applied in order of their names before the first replica starts.',
      examples: ['migrations'],
    }).optional(),
    seed: text('a file', { description: '.sql file for a new database.', examples: ['seed.sql'] }).optional(),
  });
  return either(
    '`true`, or a map with `migrations` and `seed`',
    {
      description:
        'A SQLite file of its own, given to it as `DATABASE_PATH` and `DATABASE_URL`. Folders are relative to working_dir.',
      examples: [true, { migrations: 'migrations', seed: 'seed.sql' }],
    },
    flag({ description: '`true`: a file, and nothing in it.' }),
    long,
  );
}

function watch() {
  const globs = (description: string) =>
    listOf(
      'a list of patterns',
      text('a pattern', { description: 'Pattern in .dockerignore syntax, relative to `path`.' }),
      { description },
    );
  const rule = fixedMap('watch', 'a map with `path` and `action`', {
    path: text('a file or folder', {
      description: "Watched, relative to the file's folder.",
      examples: ['services/orders/src'],
    }),
    action: oneOf(['restart', 'rebuild', 'sync', 'sync+restart'], {
      description:
        '`restart`: start-first. `rebuild`: pre_start, or the build of the image, first. `sync`: changed files are copied into the containers. `sync+restart`: then they are replaced, with those files in them.',
    }),
    target: text('a folder of the container', {
      description: 'Where `sync` copies to.',
      examples: ['/app/src'],
    }).optional(),
    initial_sync: flag({
      description: '`sync`: everything is copied once before the first start.',
      default: false,
    }).optional(),
    ignore: globs('Not watched, beside node_modules, .git and the like.').optional(),
    include: globs('Only these.').optional(),
  });
  return listOf('a list of rules', rule, {
    description: 'Files whose change restarts it.',
    examples: [[{ path: 'src', action: 'restart' }]],
  });
}

function logging() {
  return fixedMap('logging', 'a map with `options`', {
    driver: oneOf(['json-file', 'local'], {
      description: 'msvc always writes files; both words of Compose mean that.',
    }).optional(),
    options: fixedMap('logging options', 'a map with `max-size` and `max-file`', {
      'max-size': size({
        description: 'A log file is rotated at this size.',
        default: '10m',
        examples: ['50m'],
      }).optional(),
      'max-file': either(
        'a whole number, 1 or more',
        { description: 'How many files are kept of each replica.', default: DEFAULTS.maxFiles, examples: [5] },
        whole(1, 1000, { description: 'How many.' }),
        pattern(/^[1-9]\d{0,2}$/, 'a whole number, 1 or more', { description: 'How many, as a text.' }),
      ).optional(),
    })
      .meta({ description: 'Limits of the log files.' })
      .optional(),
  }).meta({ description: 'How much of its output is kept.' });
}
