/** Texts as they must stand in a file to be read back: dollar signs doubled, launch-time names open, secrets masked. */
import type { Project } from '../../model/project.ts';
import { printTemplate, type Template } from '../../model/template.ts';
import { maskText } from '../mask.ts';

const HOLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)((?::?[-?+])[^${}]*)?\}|\$/g;

export class Printer {
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  text(text: string): string {
    return printTemplate(maskText(text, this.#project.secrets));
  }

  template(template: Template): string {
    return printTemplate(this.#masked(template));
  }

  /** A line for the shell. What msvc gives stays `${PORT}`; any other dollar sign is the shell's and is doubled. */
  line(line: string, isOpen: (name: string) => boolean): string {
    return maskText(line, this.#project.secrets).replace(HOLE, (found, name: string | undefined) =>
      name !== undefined && isOpen(name) ? found : found.replaceAll('$', '$$$$'),
    );
  }

  environment(environment: Readonly<Record<string, Template>>): Record<string, string> {
    return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, this.template(value)]));
  }

  #masked(template: Template): Template {
    if (typeof template === 'string') return maskText(template, this.#project.secrets);
    return template.map((part) => {
      if (typeof part === 'string') return maskText(part, this.#project.secrets);
      return part.word === undefined ? part : { ...part, word: this.#masked(part.word) };
    });
  }
}
