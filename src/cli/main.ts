/**
 * The entry of the command line (dist/cli/main.js). Answers `--version` before anything is loaded, and leads the other
 * calls to one of two bundles: what a command costs at least is decided here.
 */
import { VERSION } from '../model/version.ts';
import { isLight } from './commands/light-names.ts';

const argv = process.argv.slice(2);
if (argv.length === 1 && ['--version', '-V', '-v'].includes(argv[0] as string)) {
  process.stdout.write(`${VERSION}\n`);
} else if (isLight(argv[0])) {
  const { runLight } = await import('./light.ts');
  process.exit(await runLight(argv));
} else {
  const { runFull } = await import('./full.ts');
  process.exit(await runFull(argv));
}
