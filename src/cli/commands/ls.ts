/** `msvc ls`: the projects that run on this machine, from the records their engines keep. */
import { existsSync } from 'node:fs';
import { type EngineRecord, listEngines } from '../../control/locate.ts';
import type { PlainModule } from '../command.ts';
import { explain } from '../examples.ts';
import type { LsJson } from '../json-contract.ts';
import { type Column, tableLines } from '../table.ts';
import { duration, iso } from '../wording/time.ts';

interface Options {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export const { define }: PlainModule = {
  define(command, bind) {
    command.option('-q, --quiet', 'only names').option('--json', 'one array, for programs');
    explain(command, [{ line: 'msvc ls', does: 'every project of yours that runs, and its gateway' }]);
    bind(command, async ({ out, err }, options: Options) => {
      const engines = listEngines();
      if (options.json) out.json(engines.map(lsJson));
      else if (options.quiet) for (const { name } of engines) out.line(name);
      else if (engines.length === 0) err.line('no project is running');
      else out.write(`${tableLines(engines, COLUMNS, { style: out.style, width: out.columns }).join('\n')}\n`);
      return 0;
    });
  },
};

function lsJson(engine: EngineRecord): LsJson {
  return {
    name: engine.name,
    dir: engine.dir,
    enginePid: engine.pid,
    gateway: engine.gateway,
    file: engine.file,
    version: engine.version,
    run: engine.run,
    startedAt: iso(engine.startedAt),
  };
}

function folderOf({ dir, name }: EngineRecord): string {
  return existsSync(dir) ? dir : `${dir} (gone: \`msvc -p ${name} down\` stops it)`;
}

const COLUMNS: readonly Column<EngineRecord>[] = [
  { header: 'NAME', value: (e) => e.name },
  { header: 'GATEWAY', value: (e) => e.gateway ?? '-' },
  { header: 'ENGINE', value: (e) => String(e.pid), align: 'right' },
  { header: 'UP FOR', value: (e) => duration(Date.now() - e.startedAt), align: 'right' },
  { header: 'VERSION', value: (e) => e.version },
  { header: 'FOLDER', value: folderOf, minColumns: 20 },
];
