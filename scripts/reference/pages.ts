/** Everything that is generated from the source, as text. Writes nothing. */
import { readFileSync } from 'node:fs';
import { keyGroups } from '../../src/cli/dashboard/views/help.ts';
import { commandReference, errorReference } from '../../src/cli/reference.ts';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { referencePage } from '../../src/config/reference.ts';
import { eventsPage } from './events.ts';
import { jsonPage } from './json.ts';
import { keysPage } from './keys.ts';
import { lifecyclePage } from './lifecycle.ts';
import { GENERATED } from './markdown.ts';

const source = (file: string): string => readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8');

/** Where the words of events and JSON are defined. */
const WORDS = ['event', 'error', 'instance', 'project', 'route', 'place', 'diagnostic', 'fault', 'policy'].map(
  (name) => `model/${name}.ts`,
);

/** Path in the repository -> text. */
export async function generatedPages(): Promise<Readonly<Record<string, string>>> {
  const words = WORDS.map(source);
  return {
    'schema/msvc.schema.json': `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    'docs/reference/msvc-yaml.md': page(referencePage()),
    'docs/reference/commands.md': page(await commandReference()),
    'docs/reference/errors.md': page(errorReference()),
    'docs/reference/keys.md': page(keysPage(keyGroups())),
    'docs/reference/events.md': page(eventsPage(source('model/event.ts'), words)),
    'docs/reference/json.md': page(jsonPage(source('cli/json-contract.ts'), words)),
    'docs/reference/lifecycle.md': page(lifecyclePage(source('model/instance.ts'))),
  };
}

function page(text: string): string {
  const whole = text.startsWith(GENERATED) ? text : GENERATED + text;
  return `${whole.trimEnd()}\n`;
}
