/** The whole of msvc.yaml as one zod schema: validation, JSON Schema and reference page come from here. */
import * as z from 'zod';
import { DEFAULTS } from '../defaults.ts';
import { authForm } from './auth.ts';
import { either, fixedMap, flag, listOf, mapOf, oneOf, pattern, size, text, whole } from './fields.ts';
import { service } from './service.ts';
import { smoke } from './smoke.ts';

let schema: ReturnType<typeof build> | undefined;

/** Built at the first call: reading a definition is not what every command does. */
export function projectSchema() {
  schema ??= build();
  return schema;
}

function build() {
  const file = text('a file', { description: 'A file.' });
  const files = listOf('a list of files', file, { description: 'Files, later ones merged on top.' });
  const includeEntry = fixedMap('include', 'a file or a map with `path`', {
    path: either(
      'a file, or a list of files',
      { description: 'The file; of several, later ones are merged on top.' },
      file,
      files,
    ),
    project_directory: text('a folder', {
      description: "Where its relative paths start; its file's folder if left out.",
    }).optional(),
    env_file: either(
      'a file, or a list of files',
      { description: 'For its variables; `.env` in its folder if left out.' },
      file,
      files,
    ).optional(),
  });
  const secret = fixedMap('secret', 'a map with `file` or `environment`', {
    file: file.meta({ description: 'File that holds the value, whatever its bytes are.' }).optional(),
    environment: text('the name of a variable', {
      description: 'Variable of the shell or .env that holds the value.',
    }).optional(),
  });
  const volume = fixedMap('volume', 'a map with `name` or `external`', {
    name: text('a name', {
      description: 'As the engine knows it; otherwise made of the project’s name and the key.',
    }).optional(),
    external: flag({
      description: 'It is there already: neither made nor removed by msvc.',
      default: false,
    }).optional(),
  });
  return fixedMap('file', 'a map with `services`', {
    name: text('a name', {
      description: "The project's name: lower-case letters, digits, `-` and `_`. The folder's name if left out.",
      examples: ['shop'],
    }).optional(),
    gateway: fixedMap('gateway', 'a map with `port`', {
      port: either(
        '`auto` or a port number',
        {
          description: `\`auto\`: ${DEFAULTS.gatewayPort} if free, else the next free one. A number is taken or refused.`,
          default: 'auto',
          examples: ['auto', 8000],
        },
        oneOf(['auto'], { description: 'A free port.' }),
        whole(1, 65535, { description: 'A fixed port.' }),
      ).optional(),
      host: text('an address', { description: 'Where the gateway listens.', default: DEFAULTS.gatewayHost }).optional(),
      balancer: oneOf(['round-robin', 'two-choices', 'least-in-flight', 'consistent-hash'], {
        description: 'How requests are spread over replicas.',
        default: DEFAULTS.balancer,
      }).optional(),
      access_log: accessLog().optional(),
      server_timing: flag({
        description: '`true`: answers of services carry `Server-Timing`, which browsers show beside the request.',
        default: false,
      }).optional(),
      auth: authForm().optional(),
    })
      .meta({ description: 'The front door of the system.' })
      .optional(),
    registry: fixedMap('registry', 'a map with `http`', {
      http: fixedMap('registry.http', 'a map with `port`', {
        port: whole(1, 65535, { description: 'A port on 127.0.0.1.', examples: [8500] }),
        token: text('the name of a secret', {
          description: 'A secret of this file that clients must show; msvc makes one if left out.',
        }).optional(),
      })
        .meta({ description: "Gives the registry an HTTP face: the part of Consul's API that clients use." })
        .optional(),
    })
      .meta({ description: 'The service registry.' })
      .optional(),
    services: mapOf('a map of services', service(), {
      description: 'The services, by name (lower-case letters, digits, `-`, `_`, `.`; 63 at most).',
    }).optional(),
    volumes: mapOf('a map of volumes', z.union([volume, z.null()], { error: 'a map, or nothing' }), {
      description: 'Volumes of the container engine, by name. They outlive `msvc down`; `msvc down -v` removes them.',
      examples: [{ orders_data: null }],
    }).optional(),
    secrets: mapOf('a map of secrets', secret, {
      description: 'Values that msvc never shows, by name.',
      examples: [{ db_password: { file: 'secrets/db' } }],
    }).optional(),
    smoke: smoke().optional(),
    include: listOf(
      'a list of files',
      either(
        'a file or a map with `path`',
        { description: 'A file to take services and secrets from.' },
        file,
        includeEntry,
      ),
      {
        description:
          'Other msvc.yaml files whose services and secrets are taken over. Their paths stay relative to them.',
        examples: [['../shared/msvc.yaml']],
      },
    ).optional(),
    version: pattern(/.*/, 'a text', { description: 'Obsolete in Compose; ignored with a warning.' })
      .or(z.number())
      .meta({ description: 'Obsolete in Compose; ignored with a warning.' })
      .optional(),
  });
}

function accessLog() {
  return either(
    '`true`, or a map with `format`, `path`, `max-size` or `max-file`',
    {
      description: 'One line for each request, written in batches. None if left out.',
      examples: [true, { format: 'combined', path: 'access.log' }],
    },
    flag({ description: '`true`: as JSON, `.msvc/logs/access.log`.' }),
    fixedMap('access_log', 'a map with `format`, `path`, `max-size` or `max-file`', {
      format: oneOf(['json', 'combined'], {
        description: '`combined`: as Apache and nginx write it.',
        default: 'json',
      }).optional(),
      path: text('a file', { description: 'Where to; `.msvc/logs/access.log` if left out.' }).optional(),
      'max-size': size({ description: 'The file is rotated at this size.', default: '10m' }).optional(),
      'max-file': whole(1, 1000, { description: 'How many are kept.', default: DEFAULTS.maxFiles }).optional(),
    }),
  );
}
