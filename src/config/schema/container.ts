/** The keys of a service that only a container has. Compose's words and shapes. Shapes only. */
import * as z from 'zod';
import { either, fixedMap, flag, listOf, mapOf, oneOf, pattern, scalar, size, text, whole } from './fields.ts';

export function containerKeys() {
  return {
    image: text('the name of an image', {
      description:
        'A container of this image runs it. Beside `build` it is the tag of what is built, which is then kept.',
      examples: ['redis:7', 'registry.example/payments:1.4'],
    }).optional(),
    build: build().optional(),
    pull_policy: oneOf(['missing', 'always', 'never', 'if_not_present', 'build'], {
      description: 'When the image is fetched. `build`: it is always built.',
      default: 'missing',
    }).optional(),
    platform: pattern(/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/, 'a platform such as `linux/amd64`', {
      description: 'Which variant of the image; the engine’s own if left out.',
      examples: ['linux/arm64'],
    }).optional(),
    entrypoint: either(
      'a text or a list of words',
      { description: 'In place of the image’s ENTRYPOINT.', examples: [['/entry.sh', '--verbose']] },
      text('a command', { description: 'Split into words; no shell reads it.' }),
      z.array(scalar({ description: 'One word.' }), { error: 'a text or a list of words' }),
    ).optional(),
    user: either(
      'a user such as `1000`, `node` or `1000:1000`',
      { description: 'Who runs it inside; the image’s USER if left out.', examples: ['node', '1000:1000'] },
      text('a user', { description: 'Name or number, `:` group.' }),
      whole(0, 2 ** 31 - 1, { description: 'A number.' }),
    ).optional(),
    volumes: volumes().optional(),
    ports: ports().optional(),
    init: flag({ description: 'A small init as process 1: passes signals on and reaps.', default: false }).optional(),
    read_only: flag({ description: 'The files of the image cannot be written.', default: false }).optional(),
    extra_hosts: either(
      'a map of names to addresses, or a list of `name=address`',
      {
        description: 'More names it can resolve. `host-gateway` stands for this machine.',
        examples: [{ 'api.test': '10.0.0.5' }, ['host.docker.internal=host-gateway']],
      },
      mapOf('a map of addresses', scalar({ description: 'An address, or `host-gateway`.' }), {
        description: 'By name.',
      }),
      listOf('a list of `name=address`', z.string({ error: '`name=address`' }), { description: 'As `name=address`.' }),
    ).optional(),
    labels: either(
      'a map, or a list of `name=value`',
      { description: 'Labels of its containers.', examples: [{ 'com.example.team': 'shop' }] },
      mapOf(
        'a map of labels',
        z.union([scalar({ description: 'Its value.' }), z.null()], { error: 'a text, a number or `true`/`false`' }),
        { description: 'By name.' },
      ),
      listOf('a list of `name=value`', z.string({ error: '`name=value`' }), { description: 'As `name=value`.' }),
    ).optional(),
  };
}

export function containerLimits() {
  return fixedMap('resources', 'a map with `limits`', {
    limits: fixedMap('limits', 'a map with `cpus`, `memory` or `pids`', {
      cpus: either(
        'a number of CPUs such as `0.5`',
        { description: 'So much CPU time; 0.5 is half of one CPU.', examples: ['0.5', 2] },
        z.number({ error: 'a number of CPUs such as `0.5`' }).min(0.01, { error: 'a number of CPUs such as `0.5`' }),
        pattern(/^\d+(\.\d+)?$/, 'a number of CPUs such as `0.5`', { description: 'As a text.' }),
      ).optional(),
      memory: size({ description: 'More than this and it is killed.', examples: ['512m'] }).optional(),
      pids: whole(1, 4_194_304, { description: 'So many processes and threads.' }).optional(),
    })
      .meta({ description: 'What a container may use at most.' })
      .optional(),
  }).meta({ description: 'Limits of containers.' });
}

function build() {
  const folder = text('a folder', { description: 'The folder of the Dockerfile; as `context`.' });
  const long = fixedMap('build', 'a folder, or a map with `context`', {
    context: text('a folder', {
      description: 'What the Dockerfile can copy from, less what its .dockerignore names.',
      default: '.',
      examples: ['services/payments'],
    }).optional(),
    dockerfile: text('a file', { description: 'Relative to `context`.', default: 'Dockerfile' }).optional(),
    args: either(
      'a map, or a list of `NAME=value`',
      { description: 'Values for ARG; without a value, the shell’s.', examples: [{ VERSION: '1.4' }] },
      mapOf(
        'a map of arguments',
        z.union([scalar({ description: 'Its value.' }), z.null()], { error: 'a text, a number or `true`/`false`' }),
        { description: 'By name.' },
      ),
      listOf('a list of `NAME=value`', z.string({ error: '`NAME=value`' }), { description: 'As `NAME=value`.' }),
    ).optional(),
    target: text('the name of a stage', { description: 'Built up to this stage.' }).optional(),
    no_cache: flag({ description: 'Nothing of earlier builds is used.', default: false }).optional(),
    pull: flag({ description: 'The images it is built from are fetched anew.', default: false }).optional(),
  });
  return either(
    'a folder, or a map with `context`',
    {
      description: 'A container runs it, of the image that is built here. Rebuilt by `develop.watch`.',
      examples: ['services/payments', { context: '.', dockerfile: 'docker/Dockerfile', target: 'dev' }],
    },
    folder,
    long,
  );
}

function volumes() {
  const long = fixedMap('mount', 'a text, or a map with `type` and `target`', {
    type: oneOf(['bind', 'volume', 'tmpfs'], { description: 'What is mounted.' }),
    source: text('a path or the name of a volume', {
      description: 'Of `bind` a path, relative to the file’s folder; of `volume` its name.',
    }).optional(),
    target: text('a path in the container', { description: 'Where it is mounted.' }),
    read_only: flag({ description: 'It cannot be written.', default: false }).optional(),
    bind: fixedMap('bind', 'a map with `create_host_path`', {
      create_host_path: flag({ description: 'A missing folder is made.', default: true }).optional(),
    })
      .meta({ description: 'Of `type: bind`.' })
      .optional(),
    tmpfs: fixedMap('tmpfs', 'a map with `size`', {
      size: size({ description: 'Largest size.', examples: ['64m'] }).optional(),
      mode: whole(0, 0o7777, { description: 'Rights of the folder, as a number.' }).optional(),
    })
      .meta({ description: 'Of `type: tmpfs`.' })
      .optional(),
  });
  return listOf(
    'a list of volumes',
    either(
      'a text such as `./data:/data`, or a map with `type` and `target`',
      { description: 'Something mounted into the container.' },
      text('a text such as `./data:/data` or `cache:/var/cache:ro`', {
        description: '`source:target` or `source:target:ro`; a source without `/` or `.` is a named volume.',
      }),
      long,
    ),
    {
      description: 'Folders of this machine, named volumes (kept until `down -v`) and folders in memory.',
      examples: [['./data:/data', 'cache:/var/cache', { type: 'tmpfs', target: '/run/app' }]],
    },
  );
}

function ports() {
  const published = either(
    'a port, or a text such as `8000`',
    { description: 'On this machine; a free one if left out.' },
    whole(1, 65535, { description: 'A port.' }),
    pattern(/^\d{1,5}$/, 'a port', { description: 'A port, as a text.' }),
  );
  const long = fixedMap('port', 'a port, or a map with `target`', {
    target: whole(1, 65535, { description: 'In the container.' }),
    published: published.optional(),
    host_ip: text('an address', {
      description: 'Where it can be reached: 127.0.0.1 from this machine only.',
      default: '127.0.0.1',
    }).optional(),
    protocol: oneOf(['tcp', 'udp'], { description: 'Of the port.', default: 'tcp' }).optional(),
  });
  return listOf(
    'a list of ports',
    either(
      'a text such as `8000:80`, a port, or a map with `target`',
      { description: 'A port opened on this machine.' },
      whole(1, 65535, { description: 'In the container; a free port on this machine.' }),
      pattern(
        /^(?:(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):)?(?:\d{1,5}(?:-\d{1,5})?:|:)?\d{1,5}(?:-\d{1,5})?(?:\/(?:tcp|udp))?$/,
        'a text such as `8000:80` or `127.0.0.1:8000:80/tcp`',
        { description: '`published:target`, with an address before and a protocol behind if wanted.' },
      ),
      long,
    ),
    {
      description:
        'Ports opened on this machine, at 127.0.0.1 unless an address is given. The gateway and other services need none.',
      examples: [['5432:5432', '127.0.0.1:9000:9000/udp'], [{ target: 80, published: 8000 }]],
    },
  );
}
