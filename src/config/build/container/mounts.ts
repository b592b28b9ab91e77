/** `volumes` of a service, short and long, and the volumes at the top of the file. */
import { resolve } from 'node:path';
import type { VolumeSpec } from '../../../model/project.ts';
import type { MountSpec } from '../../../model/run.ts';
import { home } from '../../inputs.ts';
import { type Node, placeOf } from '../../tree/node.ts';
import { booleanOf, entriesOf, get, itemsOf, numberOf, textOf } from '../../tree/read.ts';
import { parseSizeBytes } from '../../units.ts';
import type { BuildContext } from '../context.ts';

const MODES = new Set(['ro', 'rw', 'z', 'Z', 'cached', 'delegated', 'consistent']);

export function mountsOf(node: Node | undefined, context: BuildContext): MountSpec[] {
  const seen = new Map<string, Node>();
  return itemsOf(node).flatMap((item) => {
    const mount = item.kind === 'map' ? longMount(item, context) : shortMount(item, context);
    if (!mount) return [];
    const before = seen.get(mount.target);
    if (before) {
      context.problems.error('duplicate', `two volumes are mounted at \`${mount.target}\``, placeOf(item), {
        related: [{ message: 'the other is here', place: placeOf(before) }],
      });
    }
    seen.set(mount.target, item);
    return [mount];
  });
}

function shortMount(node: Node, { problems }: BuildContext): MountSpec | undefined {
  const text = textOf(node);
  if (text === undefined) return undefined;
  const parts = text.split(':');
  const modes =
    parts.length > 1 &&
    parts
      .at(-1)!
      .split(',')
      .every((mode) => MODES.has(mode))
      ? parts.pop()!
      : '';
  if (parts.length > 2) {
    problems.error('bad-value', `\`${text}\` is no volume`, placeOf(node), {
      hint: 'write `source:target` or `source:target:ro`',
    });
    return undefined;
  }
  const [source, target] = parts.length === 1 ? [undefined, parts[0]!] : [parts[0]!, parts[1]!];
  const readOnly = modes.split(',').includes('ro');
  if (!isInside(target, node, problems)) return undefined;
  if (source === undefined) return { kind: 'volume', target, readOnly };
  if (isPath(source)) return { kind: 'bind', source: hostPath(source, node), target, readOnly, create: true };
  return { kind: 'volume', name: source, target, readOnly };
}

function longMount(node: Node, { problems }: BuildContext): MountSpec | undefined {
  const type = textOf(get(node, 'type'));
  const targetNode = get(node, 'target');
  const sourceNode = get(node, 'source');
  const target = textOf(targetNode);
  const source = textOf(sourceNode);
  if (target === undefined || !isInside(target, targetNode!, problems)) return undefined;
  const readOnly = booleanOf(get(node, 'read_only')) ?? false;
  if (type === 'tmpfs') {
    const sizeBytes = parseSizeBytes(textOf(get(get(node, 'tmpfs'), 'size')) ?? '');
    const mode = numberOf(get(get(node, 'tmpfs'), 'mode'));
    return {
      kind: 'tmpfs',
      target,
      ...(sizeBytes !== undefined && { sizeBytes }),
      ...(mode !== undefined && { mode }),
    };
  }
  if (type === 'volume') return { kind: 'volume', ...(source !== undefined && { name: source }), target, readOnly };
  if (source === undefined || sourceNode === undefined) {
    problems.error('missing-key', 'a bind mount needs `source`', placeOf(node));
    return undefined;
  }
  const create = booleanOf(get(get(node, 'bind'), 'create_host_path')) ?? true;
  return { kind: 'bind', source: hostPath(source, sourceNode), target, readOnly, create };
}

/** As in Compose: what looks like a path is one, a plain word names a volume. */
function isPath(source: string): boolean {
  return /^[./~]/.test(source);
}

function hostPath(source: string, node: Node): string {
  const path = source.startsWith('~') ? source.replace(/^~/, home()) : source;
  return resolve(node.origin.file.baseDir, path);
}

function isInside(target: string, node: Node, problems: BuildContext['problems']): boolean {
  if (target.startsWith('/')) return true;
  problems.error('bad-value', `\`${target}\` is no path in a container`, placeOf(node), {
    hint: 'it starts with `/`',
  });
  return false;
}

/** By key. @param scope of names: a volume belongs to its project unless it says otherwise. */
export function volumesOf(root: Node, { projectName }: BuildContext): Record<string, VolumeSpec> {
  return Object.fromEntries(
    entriesOf(get(root, 'volumes')).map(({ key, value }) => {
      const external = booleanOf(get(value, 'external')) ?? false;
      const name = textOf(get(value, 'name')) ?? (external ? key : `${projectName}_${key}`);
      return [key, { name, external }];
    }),
  );
}
