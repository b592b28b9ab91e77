/** The keys that make a container of a service -> its `ContainerRun`. */
import { resolve } from 'node:path';
import type { ContainerRun, ImageSpec, LimitSpec } from '../../../model/run.ts';
import type { Template } from '../../../model/template.ts';
import { baseDirOf, type Node, placeOf } from '../../tree/node.ts';
import { booleanOf, entriesOf, get, itemsOf, numberOf, templateOf, textOf } from '../../tree/read.ts';
import { parseSizeBytes } from '../../units.ts';
import { argumentsOf } from '../command.ts';
import { type BuildContext, pathOf, warnIfMissing } from '../context.ts';
import { mountsOf } from './mounts.ts';
import { publishedPortsOf } from './ports.ts';
import { wordsOf } from './words.ts';

export function isContainer(node: Node): boolean {
  return get(node, 'image') !== undefined || get(node, 'build') !== undefined;
}

export function containerOf(node: Node, context: BuildContext): ContainerRun {
  const entrypoint = commandWords(get(node, 'entrypoint'), context);
  const command = commandWords(get(node, 'command'), context);
  const optional = {
    platform: textOf(get(node, 'platform')),
    workingDir: insidePath(get(node, 'working_dir'), context),
    user: textOf(get(node, 'user')),
    entrypoint,
    command,
  };
  return {
    kind: 'container',
    image: imageOf(node, context),
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<ContainerRun>),
    mounts: mountsOf(get(node, 'volumes'), context),
    publish: publishedPortsOf(get(node, 'ports'), context),
    limits: limitsOf(get(get(get(node, 'deploy'), 'resources'), 'limits')),
    init: booleanOf(get(node, 'init')) ?? false,
    readOnly: booleanOf(get(node, 'read_only')) ?? false,
    tty: booleanOf(get(node, 'tty')) ?? false,
    stdinOpen: booleanOf(get(node, 'stdin_open')) ?? false,
    extraHosts: extraHostsOf(get(node, 'extra_hosts'), context),
    labels: Object.fromEntries(entriesOf(get(node, 'labels')).map(({ key, value }) => [key, textOf(value) ?? ''])),
  };
}

function imageOf(node: Node, context: BuildContext): ImageSpec {
  const imageNode = get(node, 'image');
  const name = textOf(imageNode) ?? '';
  const policyNode = get(node, 'pull_policy');
  const policy = textOf(policyNode);
  if (imageNode && !/^[a-z0-9][\w.\-/:@]*$/.test(name)) {
    context.problems.error('bad-value', `\`${name}\` cannot be the name of an image`, placeOf(imageNode), {
      hint: /[A-Z]/.test(name.split(/[:@]/)[0]!) ? 'its path is in lower case' : 'for example `redis:7`',
    });
  }
  const build = get(node, 'build');
  if (build) return buildOf(build, imageNode ? name : undefined, policy === 'build', context);
  if (policyNode && policy === 'build') {
    context.problems.error('missing-key', '`pull_policy: build` needs `build`', placeOf(policyNode), {
      hint: 'write `build: .`, or another policy',
    });
  }
  return {
    kind: 'pull',
    name,
    policy: policy === 'always' || policy === 'never' ? policy : 'missing',
  };
}

function buildOf(node: Node, tag: string | undefined, always: boolean, context: BuildContext): ImageSpec {
  const contextNode = get(node, 'context');
  const folder = pathOf(contextNode) ?? baseDirOf(node);
  if (/^(https?|git|ssh):\/\/|^git@|\.git(#|$)/.test(textOf(contextNode) ?? '')) {
    context.problems.error('bad-value', 'the context of a build is a folder of this machine', placeOf(contextNode!), {
      hint: 'clone the repository and name its folder',
    });
  } else warnIfMissing(contextNode, folder, 'the context of the build', context.problems);
  const args = entriesOf(get(node, 'args')).flatMap(({ key, value }) => {
    const given = textOf(value) ?? context.scope.lookup(key)?.value;
    return given === undefined ? [] : [[key, given] as const];
  });
  const target = textOf(get(node, 'target'));
  const dockerfile = textOf(get(node, 'dockerfile')) ?? 'Dockerfile';
  return {
    kind: 'build',
    context: folder,
    dockerfile: dockerfile.startsWith('/') ? resolve(dockerfile) : dockerfile,
    args: Object.fromEntries(args),
    ...(target !== undefined && { target }),
    ...(tag !== undefined && { tag }),
    noCache: booleanOf(get(node, 'no_cache')) ?? false,
    pull: (booleanOf(get(node, 'pull')) ?? false) || always,
  };
}

/** As Compose reads them: a text is split into words, and no shell sees it. */
function commandWords(node: Node | undefined, { problems }: BuildContext): readonly Template[] | undefined {
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return undefined;
  const line = templateOf(node);
  if (line === undefined) return argumentsOf(itemsOf(node));
  const words = wordsOf(line);
  if (words === undefined) problems.error('bad-value', 'a quote is not closed', placeOf(node));
  return words;
}

function insidePath(node: Node | undefined, { problems }: BuildContext): string | undefined {
  const text = textOf(node);
  if (node === undefined || text === undefined) return undefined;
  if (!text.startsWith('/')) {
    problems.error('bad-value', `\`${text}\` is no folder of a container`, placeOf(node), {
      hint: 'beside `image` or `build`, working_dir is a path inside; it starts with `/`',
    });
  }
  return text;
}

function limitsOf(node: Node | undefined): LimitSpec {
  const cpus = Number(textOf(get(node, 'cpus')) ?? Number.NaN);
  const memoryBytes = parseSizeBytes(textOf(get(node, 'memory')) ?? '');
  const pids = numberOf(get(node, 'pids'));
  return {
    ...(Number.isFinite(cpus) && { cpus }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(pids !== undefined && { pids }),
  };
}

/** A map, or `name=address` and `name:address` in a list. A name may stand for several addresses. */
function extraHostsOf(node: Node | undefined, { problems }: BuildContext): ContainerRun['extraHosts'] {
  const listed = itemsOf(node).flatMap((item): [string, string][] => {
    const text = textOf(item) ?? '';
    const [, name, address] = /^([^=:]+)[=:](.+)$/.exec(text) ?? [];
    if (name !== undefined && address !== undefined) return [[name, address.replace(/^\[|\]$/g, '')]];
    problems.error('bad-value', `\`${text}\` is no \`name=address\``, placeOf(item));
    return [];
  });
  const mapped = entriesOf(node).flatMap(({ key, value }): [string, string][] =>
    [value, ...itemsOf(value)].flatMap((one) => {
      const address = textOf(one);
      return address === undefined ? [] : [[key, address]];
    }),
  );
  return [...listed, ...mapped];
}
