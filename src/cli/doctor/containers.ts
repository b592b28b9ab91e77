/** The container engine: asked only when the project has containers, or when one shows itself. */
import { MsvcError } from '../../model/error.ts';
import { loadProjectFor } from '../project.ts';
import { list } from '../wording/lists.ts';
import { type Check, ok, problem } from './check.ts';

export const containerEngine: Check = {
  name: 'containers',
  async run(context) {
    const users = await loadProjectFor(context).then(
      (project) =>
        Object.values(project.services).flatMap((spec) => (spec.run.kind === 'container' ? [spec.name] : [])),
      () => [],
    );
    const { reportEngine } = await import('../../runtime/drivers/container/index.ts');
    try {
      const { engine, version, system, placement } = await reportEngine(context.env);
      const where = placement === 'vm' ? ', in a VM' : '';
      return ok(`Docker ${version} at ${engine} (${system}${where})`);
    } catch (error) {
      if (!(error instanceof MsvcError)) throw error;
      if (users.length === 0) return ok('no engine; no service here needs one');
      return problem(
        `${error.message}; ${list(users)} ${users.length === 1 ? 'needs' : 'need'} it`,
        error.hint ?? null,
      );
    }
  },
};
