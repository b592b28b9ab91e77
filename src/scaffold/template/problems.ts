/** What is wrong with a template, as diagnostics with places. Owns the list of one reading. */
import { Problems } from '../../config/problems.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { MsvcError } from '../../model/error.ts';

/** Carries everything that is wrong with it. */
export class TemplateError extends MsvcError {
  constructor(
    template: string,
    readonly diagnostics: readonly Diagnostic[],
  ) {
    super('MSVC_TEMPLATE_INVALID', diagnostics.find((d) => d.severity === 'error')?.message ?? 'it is wrong', {
      facts: { template, errors: diagnostics.filter((d) => d.severity === 'error').length },
    });
  }
}

/** @throws TemplateError when there is an error among them */
export function refuseIfWrong(template: string, problems: Problems): void {
  if (problems.errors > 0) throw new TemplateError(template, problems.sorted([]));
}

export { Problems };
