/** `gateway.access_log`: where to, in which format, how much of it is kept. */
import { join, resolve } from 'node:path';
import type { AccessLogSpec } from '../../model/access-log.ts';
import { DEFAULTS } from '../defaults.ts';
import type { Node } from '../tree/node.ts';
import { booleanOf, get, numberOf, textOf } from '../tree/read.ts';
import { parseSizeBytes } from '../units.ts';
import { type BuildContext, pathOf } from './context.ts';

/** @returns undefined: none is kept */
export function accessLogOf(node: Node | undefined, { stateDir }: BuildContext): AccessLogSpec | undefined {
  if (node === undefined || (node.kind === 'scalar' && booleanOf(node) !== true)) return undefined;
  return {
    format: textOf(get(node, 'format')) === 'combined' ? 'combined' : 'json',
    path: pathOf(get(node, 'path')) ?? join(resolve(stateDir), 'logs', 'access.log'),
    maxSizeBytes: parseSizeBytes(textOf(get(node, 'max-size')) ?? '') || DEFAULTS.maxSizeBytes,
    maxFiles: numberOf(get(node, 'max-file')) ?? DEFAULTS.maxFiles,
  };
}
