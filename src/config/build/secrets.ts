/** Top-level `secrets`: their values, read now, so that everything said afterwards can be masked. */
import { isUtf8 } from 'node:buffer';
import type { Place } from '../../model/place.ts';
import type { SecretGrant, SecretValue } from '../../model/project.ts';
import { readBytes } from '../inputs.ts';
import type { Problems } from '../problems.ts';
import { entryPlace, type Node, placeAt, placeOf } from '../tree/node.ts';
import { entriesOf, get, itemsOf, textOf } from '../tree/read.ts';
import { type BuildContext, pathOf } from './context.ts';

export function secretsOf(root: Node, context: BuildContext): Record<string, SecretValue> {
  const secrets: Record<string, SecretValue> = {};
  for (const entry of entriesOf(get(root, 'secrets'))) {
    const { key: name, value: node } = entry;
    const fileNode = get(node, 'file');
    const variableNode = get(node, 'environment');
    if (fileNode && variableNode) {
      context.problems.error(
        'conflicting-keys',
        `secret \`${name}\` has a file and a variable`,
        placeOf(variableNode),
        {
          related: [{ message: 'the file is here', place: placeOf(fileNode) }],
          hint: 'write one of them',
        },
      );
    } else if (fileNode) {
      const path = pathOf(fileNode);
      const value = path === undefined ? undefined : readSecret(name, path, fileNode, context);
      if (path !== undefined && value !== undefined) secrets[name] = { name, source: 'file', from: path, ...value };
    } else if (variableNode) {
      const variable = textOf(variableNode) ?? '';
      const found = context.scope.lookup(variable);
      if (found) secrets[name] = { name, source: 'environment', from: variable, value: found.value };
      else {
        context.problems.error(
          'missing-secret',
          `\`${variable}\`, the value of secret \`${name}\`, is not set`,
          placeOf(variableNode),
          {
            hint: 'set it in the shell or in .env',
          },
        );
      }
    } else if (node.kind === 'map' && node.entries.size === 0) {
      context.problems.error('missing-key', `secret \`${name}\` needs \`file\` or \`environment\``, entryPlace(entry));
    } else if (node.kind === 'scalar' && node.value === null) {
      context.problems.error(
        'missing-key',
        `secret \`${name}\` needs \`file\` or \`environment\``,
        placeAt(entry.keyOrigin),
      );
    }
  }
  return secrets;
}

/** Of a service: names, or source and target. One that the service is told of twice is an error. */
export function grantsOf(node: Node | undefined, problems: Problems): SecretGrant[] {
  const grants = new Map<string, { grant: SecretGrant; place: Place }>();
  for (const item of itemsOf(node)) {
    const source = textOf(item) ?? textOf(get(item, 'source'));
    if (source === undefined) continue;
    const target = textOf(get(item, 'target')) ?? source;
    const before = grants.get(target);
    if (before) {
      problems.error('duplicate', `\`${target}\` is in the list twice`, placeOf(item), {
        related: [{ message: 'first written here', place: before.place }],
      });
      continue;
    }
    grants.set(target, { grant: { source, target }, place: placeOf(item) });
  }
  return [...grants.values()].map(({ grant }) => grant);
}

type Content = Pick<SecretValue, 'value' | 'encoding'>;

/** As in Compose: what the file has, whatever that is. */
function readSecret(name: string, path: string, node: Node, context: BuildContext): Content | undefined {
  context.extraFiles.add(path);
  try {
    const bytes = readBytes(path);
    if (isUtf8(bytes)) return { value: bytes.toString('utf8') };
    return { value: bytes.toString('base64'), encoding: 'base64' };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'does not exist' : `cannot be read: ${(error as Error).message}`;
    context.problems.error(
      'missing-secret',
      `\`${textOf(node)}\`, the file of secret \`${name}\`, ${why}`,
      placeOf(node),
    );
    return undefined;
  }
}
