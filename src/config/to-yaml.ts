/** A resolved definition as YAML text, for people and for another tool's input. */
import { stringify } from 'yaml';

/** Long strings stay on their line. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
