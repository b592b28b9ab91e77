/** Commands: a text for the shell, a list as it is. */
import type { Command } from '../../model/project.ts';
import type { Template } from '../../model/template.ts';
import { shellText } from '../interpolate/shell-text.ts';
import type { Node } from '../tree/node.ts';
import { itemsOf, templateOf } from '../tree/read.ts';

export function commandOf(node: Node | undefined): Command | undefined {
  const line = templateOf(node);
  if (line !== undefined) return { kind: 'shell', line: shellText(line) };
  const argv = argumentsOf(itemsOf(node));
  return argv.length === 0 ? undefined : { kind: 'exec', argv };
}

export function argumentsOf(items: readonly Node[]): Template[] {
  return items.map(templateOf).filter((argument) => argument !== undefined);
}
