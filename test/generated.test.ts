/** What is written twice is made from one: the schema and the reference pages are what the source says today. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { generatedPages } from '../scripts/reference/pages.ts';
import { REPOSITORY } from './rig/cli.ts';

const pages = await generatedPages();

test.each(Object.keys(pages))('%s is current (else: npm run gen)', (name) => {
  expect(readFileSync(path.join(REPOSITORY, name), 'utf8')).toBe(pages[name]);
});
