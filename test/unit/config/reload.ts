/** Loads what `resolved` printed, from the same folder, and compares what must be the same. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { resolved } from '../../../src/config/index.ts';
import type { Project } from '../../../src/model/project.ts';
import type { Case } from './case.ts';

export async function reload(project: Project, open: Case): Promise<Project> {
  const file = join(open.dir, 'resolved.yaml');
  writeFileSync(file, stringify(resolved(project)));
  try {
    const result = await open.load({ files: [file] });
    if (!result.ok) throw new Error(open.render(result.diagnostics).join('\n'));
    return result.project;
  } finally {
    rmSync(file);
  }
}

/** Without places, files and the state's folder (another one under `-p`): those tell where, not what. */
export function comparable(project: Project): unknown {
  const printed = JSON.stringify({ ...project, files: [] }, (key, value) =>
    /^places?$/.test(key) ? undefined : value,
  );
  return JSON.parse(printed.replaceAll(`/.msvc/projects/${project.name}`, '/.msvc'));
}
