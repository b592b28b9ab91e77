/** The keys that `msvc new` decides, written into a template's entry behind the line that says what runs. Pure. */
import { isMap, isScalar, parseDocument, stringify } from 'yaml';
import { lineEndAfter, spliced } from './yaml-text.ts';

export interface OwnKeys {
  readonly working_dir: string;
  readonly route?: string | undefined;
  readonly port?: number | undefined;
  readonly calls: readonly string[];
}

/** What the template says itself is left as it is. */
export function withOwnKeys(entry: string, own: OwnKeys): string {
  const { contents } = parseDocument(entry);
  if (!isMap(contents)) return entry;
  const written = new Set(contents.items.map(({ key }) => (isScalar(key) ? String(key.value) : '')));
  // In a container it would be a folder of the image.
  if (written.has('build') || written.has('image')) written.add('working_dir');
  const lines = Object.entries(own)
    .filter(([key, value]) => !written.has(key) && value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => `${key}: ${Array.isArray(value) ? `[${value.map(scalar).join(', ')}]` : scalar(value)}\n`);
  const first = contents.items.find(
    ({ key }) => isScalar(key) && ['command', 'image', 'build'].includes(String(key.value)),
  );
  const range = (first?.value as { range?: [number, number, number] } | null | undefined)?.range;
  const at = range ? lineEndAfter(entry, Math.max(0, range[1] - 1)) : 0;
  return spliced(entry, at, at, lines.join(''));
}

function scalar(value: unknown): string {
  return stringify(value, { lineWidth: 0 }).trimEnd();
}
