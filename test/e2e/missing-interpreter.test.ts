/** A service whose program is not installed: the error names program, service and line; the rest starts by name. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('exit 4 with the line; nothing starts; the rest can be started by name', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web: { command: [node, "\${PUPPET}"], route: / }
  old:
    command: [no-such-interpreter, app.rb]
    route: /old
`,
  });
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(4);
  expect(up.stderr).toContain('MSVC_INTERPRETER_MISSING');
  expect(up.stderr).toMatch(/old.*no-such-interpreter/);
  expect(up.stderr).toContain('msvc.yaml:5:5');
  expect(rig.processes()).toEqual([]);

  // Both that are missing are told, and the folder at its own line.
  rig.write(
    'msvc.yaml',
    `
services:
  web: { command: [node, "\${PUPPET}"], route: / }
  lost:
    command: [node, "\${PUPPET}"]
    working_dir: no-such-folder
  old: { command: [no-such-interpreter, app.rb], route: /old }
`,
  );
  const both = await rig.msvc(['up', '-d', '--wait']);
  expect(both.code).toBe(4);
  expect(both.stderr).toContain('MSVC_WORKING_DIR_MISSING');
  expect(both.stderr).toMatch(/msvc\.yaml:6:\d+\n/);
  expect(both.stderr).toMatch(/^also: old needs no-such-interpreter/m);
  expect(rig.processes()).toEqual([]);

  await rig.ok(['up', '-d', '--wait', 'web']);
  expect((await rig.ps()).map((row) => [row.service, row.state])).toEqual([['web', 'ready']]);
});
