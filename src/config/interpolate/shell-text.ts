/** A template as a shell would read it: what a string command becomes. Pure. */
import type { Template } from '../../model/template.ts';

/** Holes as `${NAME...}`; the rest as it is, dollar signs included. */
export function shellText(template: Template): string {
  if (typeof template === 'string') return template;
  return template
    .map((part) => {
      if (typeof part === 'string') return part;
      return `\${${part.ref}${part.operator ?? ''}${shellText(part.word ?? '')}}`;
    })
    .join('');
}
