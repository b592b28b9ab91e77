/** What runs a service: `command` alone makes a process of it, `image` or `build` a container. */
import type { RunSpec } from '../../model/run.ts';
import { suggest } from '../../model/suggest.ts';
import { CONTAINER_ONLY } from '../schema/unsupported.ts';
import { type Entry, placeAt } from '../tree/node.ts';
import { booleanOf, entriesOf, get, isBlank } from '../tree/read.ts';
import { commandOf } from './command.ts';
import { containerOf, isContainer } from './container/container.ts';
import type { BuildContext } from './context.ts';

/** @param workingDir where a process runs. */
export function runOf(
  { key: name, keyOrigin, value: node }: Entry,
  workingDir: string,
  context: BuildContext,
): RunSpec {
  if (isContainer(node)) return containerOf(node, context);
  const { problems } = context;
  for (const { key, keyOrigin: at } of entriesOf(node)) {
    const instead = CONTAINER_ONLY[key];
    if (instead === undefined) continue;
    problems.error('unsupported-key', `\`${key}\` is not supported in service \`${name}\`, a process`, placeAt(at), {
      hint: `${instead}; with \`image\` or \`build\` it runs as a container`,
    });
  }
  const resources = entriesOf(get(node, 'deploy')).find(({ key }) => key === 'resources');
  if (resources) {
    const message = `\`deploy.resources\` is not supported in service \`${name}\`, a process`;
    problems.error('unsupported-key', message, placeAt(resources.keyOrigin), {
      hint: 'only containers (`image` or `build`) are limited; take it out',
    });
  }
  const command = commandOf(get(node, 'command'));
  if (command === undefined && isBlank(get(node, 'command')) && !entriesOf(node).some(misspelt)) {
    problems.error('missing-key', `service \`${name}\` needs \`command\`, \`image\` or \`build\``, placeAt(keyOrigin), {
      hint: 'write what runs, such as `command: node server.js` or `image: redis:7`',
    });
  }
  return {
    kind: 'process',
    command: command ?? { kind: 'exec', argv: [] },
    workingDir,
    tty: booleanOf(get(node, 'tty')) ?? false,
    stdinOpen: booleanOf(get(node, 'stdin_open')) ?? false,
  };
}

/** Told already, as an unknown key with a suggestion: that the right one is missing follows from it. */
function misspelt({ key }: Entry): boolean {
  if (key === 'command') return false;
  return (
    ['entrypoint', 'extends', 'provider'].includes(key) || suggest(key, ['command', 'image', 'build']) !== undefined
  );
}
