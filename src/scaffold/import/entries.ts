/** Entries of msvc.yaml made from another tool's words: names that msvc takes, keys as YAML. Pure. */
import { stringify } from 'yaml';
import { SERVICE_NAME } from '../../model/names.ts';

/** Less than a service's name may have, so that what is put before and behind it finds room. */
const CUT_TO = 50;

export function nameFrom(text: string, taken: ReadonlySet<string>): string {
  const base =
    text
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '')
      .slice(0, CUT_TO)
      .replace(/[-._]+$/, '') || 'service';
  const wanted = SERVICE_NAME.test(base) ? base : `service-${base}`;
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}-${n}`;
    if (!taken.has(name)) return name;
  }
}

/** `key: value`, in block style where it is long. */
export function keyLines(key: string, value: unknown, indent = 4): string[] {
  const flat = typeof value === 'object' && value !== null ? JSON.stringify(value).length < 60 : true;
  const text = stringify({ [key]: value }, { lineWidth: 0, collectionStyle: flat ? 'any' : 'block' }).trimEnd();
  return text.split('\n').map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`));
}
