/**
 * The entry of the command line (dist/cli/main.js), a file of its own. Answers `--version`, has the engine of an `up`
 * begin, and leads to the fast commands, which are two files once bundled, or to all of them.
 */
import { writeSync } from 'node:fs';
import { VERSION } from '../model/version.ts';
import { isLight, isLook } from './commands/light-names.ts';

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && ['--version', '-V', '-v'].includes(argv[0] as string)) {
    await sayAtOnce(`${VERSION}\n`);
    return 0;
  }
  if (isLook(argv[0])) {
    const { runLook, leave } = await import('./look.ts');
    return leave(await runLook(argv));
  }
  if (isLight(argv[0])) {
    const early = argv[0] === 'up' ? await import('./early.ts') : null;
    early?.beginEarly(argv, process.env);
    const { runLight, leave } = await import('./light.ts');
    const code = await runLight(argv);
    // Nothing stays behind a command that came to nothing.
    await early?.takeEarly()?.dismiss();
    return leave(code);
  }
  const { runFull } = await import('./full.ts');
  return await runFull(argv);
}

/** Without the stream, which takes Node longer to make than all the rest of so short a command. For a few words only. */
async function sayAtOnce(text: string): Promise<void> {
  try {
    writeSync(1, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return;
    // On a pipe that does not wait the stream does; and what is wrong otherwise it tells.
    await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  }
}

void main(process.argv.slice(2)).then((code) => process.exit(code));
