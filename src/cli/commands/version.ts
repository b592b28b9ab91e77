/** `msvc version`: of this command, of Node, and of the engine that runs this project. */
import { findEngine } from '../../control/locate.ts';
import { MsvcError } from '../../model/error.ts';
import { VERSION } from '../../model/version.ts';
import type { CommandModule } from '../command.ts';
import { type Context, whereOf } from '../context.ts';
import type { VersionJson } from '../json-contract.ts';

interface Options {
  readonly json?: boolean;
  readonly short?: boolean;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command.option('--short', 'only the number').option('--json', 'one object, for programs');
    bind(command, async (context, options: Options) => {
      const { out } = context;
      if (options.short) {
        out.line(VERSION);
        return 0;
      }
      const engine = engineOf(context);
      const info: VersionJson = { version: VERSION, engine, node: process.versions.node };
      if (options.json) {
        out.json(info);
        return 0;
      }
      out.line(`msvc ${VERSION} (Node ${info.node})`);
      if (engine) out.line(`engine ${engine.version} (pid ${engine.pid})`);
      return 0;
    });
  },
};

function engineOf(context: Context): VersionJson['engine'] {
  try {
    const record = findEngine(whereOf(context));
    return record && { version: record.version, pid: record.pid };
  } catch (error) {
    if (error instanceof MsvcError) return null;
    throw error;
  }
}
