/** A Procfile (Heroku, Foreman, Overmind): `name: command` a line. `web` is what the outside reaches. */
import { Draft, MARK } from './draft.ts';
import { keyLines, nameFrom } from './entries.ts';

export function importProcfile(source: string): Draft {
  const draft = Draft.from(source);
  const taken = new Set<string>();
  draft.append(['services:'], [], 'translated');
  const lines = source.replaceAll('\r\n', '\n').split('\n');
  for (const [i, text] of lines.entries()) {
    const number = i + 1;
    if (text.trim() === '') continue;
    if (text.trim().startsWith('#')) {
      draft.append([`  ${text.trim()}`], [], 'kept');
      continue;
    }
    const [, written, command] = /^([A-Za-z0-9_.-]+):\s*(\S.*)$/.exec(text.trim()) ?? [];
    if (written === undefined || command === undefined) {
      const note = 'this line is not `name: command`';
      draft.append([`  ${MARK} ${note}`, `  # ${text.trim()}`], [number], 'needs-you', note);
      continue;
    }
    const name = nameFrom(written, taken);
    taken.add(name);
    const renamed = name === written ? '' : `; the name is ${name}`;
    if (written === 'release') {
      const note = `a job: it runs once, and others may wait for it${renamed}`;
      draft.append(
        [`  ${name}:`, ...keyLines('command', command), '    restart: "no"', '    port: none'],
        [number],
        'translated',
        note,
      );
      continue;
    }
    const isWeb = written === 'web';
    const usesPort = isWeb || /\$\{?PORT\b/.test(command);
    const extra = isWeb ? ['    route: /'] : usesPort ? ['    port: auto'] : [];
    const note = isWeb
      ? `the gateway's front page; listens on $PORT`
      : usesPort
        ? 'listens on $PORT'
        : 'a worker, without a port';
    draft.append([`  ${name}:`, ...keyLines('command', command), ...extra], [number], 'translated', note + renamed);
  }
  return draft;
}
