/** The licences of the packages that are bundled into dist/: their terms ask for the text to go with every copy. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** @param inputs files of the bundle, relative to `root` */
export function thirdPartyNotices(root, inputs) {
  const folders = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const notices = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
    const text = readdirSync(path.join(root, folder)).find((file) => /^(licen[cs]e|copying)/i.test(file));
    return `${name} ${version} (${license})\n\n${text ? readFileSync(path.join(root, folder, text), 'utf8').trim() : ''}\n`;
  });
  return `This program contains the following packages.\n\n${notices.join(`\n${'-'.repeat(78)}\n\n`)}`;
}
