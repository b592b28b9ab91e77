/** `registry`: whether it has an HTTP face, and where. */
import type { RegistrySpec } from '../../model/project.ts';
import { suggest } from '../../model/suggest.ts';
import type { Problems } from '../problems.ts';
import { type Node, placeOf } from '../tree/node.ts';
import { get, numberOf, textOf } from '../tree/read.ts';

export function registryOf(root: Node, secrets: ReadonlySet<string>, problems: Problems): RegistrySpec {
  const http = get(get(root, 'registry'), 'http');
  const portNode = get(http, 'port');
  const port = numberOf(portNode);
  if (portNode === undefined || port === undefined) return {};
  const tokenNode = get(http, 'token');
  const token = textOf(tokenNode);
  if (tokenNode && token !== undefined && !secrets.has(token)) {
    const near = suggest(token, secrets);
    problems.error('unknown-secret', `no secret is called \`${token}\``, placeOf(tokenNode), {
      hint: near === undefined ? 'add it under `secrets` at the top of the file' : `did you mean \`${near}\`?`,
    });
  }
  return { http: { port, ...(token !== undefined && { token }), place: placeOf(portNode) } };
}
