/**
 * A definition that is right, as a tree or as the JSON that the engine gets it by: in the form it was found in, and in
 * the other once that is asked for. Of hundreds of services either costs milliseconds.
 */
import { type Outline, outlineOf } from '../model/outline.ts';
import type { Project } from '../model/project.ts';
import { filesOf, type Input, type LookedAt } from './inputs.ts';

export class Definition {
  #project: Project | undefined;
  #json: string | undefined;

  private constructor(
    readonly outline: Outline,
    form: { readonly project: Project } | { readonly json: string },
    /** What it was made from. */
    readonly inputs: readonly Input[],
  ) {
    if ('project' in form) this.#project = form.project;
    else this.#json = form.json;
  }

  static of(project: Project, inputs: readonly Input[]): Definition {
    return new Definition(outlineOf(project), { project }, inputs);
  }

  /** @param json of the project that the outline is of; one line */
  static written(outline: Outline, json: string, inputs: readonly Input[]): Definition {
    return new Definition(outline, { json }, inputs);
  }

  /** What may make another definition of it when it changes. */
  get files(): readonly LookedAt[] {
    return filesOf(this.inputs);
  }

  get project(): Project {
    this.#project ??= JSON.parse(this.#json as string) as Project;
    return this.#project;
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.#project);
    return this.#json;
  }
}
