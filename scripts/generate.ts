/** `npm run gen`: writes the JSON Schema and the reference pages from the source. `test/generated.test.ts` holds them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedPages } from './reference/pages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

for (const [name, text] of Object.entries(await generatedPages())) {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  if (before(file) === text) continue;
  writeFileSync(file, text);
  console.log(`wrote ${name}`);
}

function before(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
