/**
 * Text with holes that are only known at launch (`${PORT}`, `${CATALOG_URL}`): what interpolation leaves behind
 * for the names that msvc itself provides. Pure; plain JSON so that it travels over the control socket.
 */
export type TemplateOperator = ':-' | '-' | ':?' | '?' | ':+' | '+';

export interface TemplateHole {
  readonly ref: string;
  readonly operator?: TemplateOperator;
  readonly word?: Template;
}

/** A plain string has no holes. */
export type Template = string | readonly (string | TemplateHole)[];

/** A `${NAME:?words}` whose NAME is not provided. */
export class TemplateError extends Error {
  constructor(
    readonly ref: string,
    readonly words: string,
  ) {
    super(`${ref}: ${words === '' ? 'is not set' : words}`);
    this.name = 'TemplateError';
  }
}

/**
 * @returns the text with each hole filled from `values`; a name not among them counts as unset and, without an
 *   operator, becomes the empty text (as in a shell).
 * @throws TemplateError for `:?` and `?`.
 */
export function fillTemplate(template: Template, values: Readonly<Record<string, string>>): string {
  if (typeof template === 'string') return template;
  return template.map((part) => (typeof part === 'string' ? part : fillHole(part, values))).join('');
}

function fillHole(hole: TemplateHole, values: Readonly<Record<string, string>>): string {
  const value = values[hole.ref];
  const word = (): string => fillTemplate(hole.word ?? '', values);
  const usable = hole.operator?.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  switch (hole.operator) {
    case undefined:
      return value ?? '';
    case ':-':
    case '-':
      return usable ? (value as string) : word();
    case ':+':
    case '+':
      return usable ? word() : '';
    default:
      if (!usable) throw new TemplateError(hole.ref, word());
      return value as string;
  }
}

/** The template as a person would write it, for `msvc config`: holes as `${NAME...}`, a plain `$` doubled. */
export function printTemplate(template: Template): string {
  if (typeof template === 'string') return template.replaceAll('$', '$$$$');
  return template
    .map((part) => {
      if (typeof part === 'string') return part.replaceAll('$', '$$$$');
      const tail = part.operator === undefined ? '' : part.operator + printTemplate(part.word ?? '');
      return `\${${part.ref}${tail}}`;
    })
    .join('');
}

/** The names of every hole, nested ones included. */
export function templateRefs(template: Template): string[] {
  if (typeof template === 'string') return [];
  return template.flatMap((part) => (typeof part === 'string' ? [] : [part.ref, ...templateRefs(part.word ?? '')]));
}
