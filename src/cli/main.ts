/**
 * The entry of the command line (dist/cli/main.js). Answers `--version` before anything is loaded: what every command
 * costs at least is decided by the imports of this file.
 */
import { VERSION } from '../model/version.ts';

const argv = process.argv.slice(2);
if (argv.length === 1 && ['--version', '-V', '-v'].includes(argv[0] as string)) {
  process.stdout.write(`${VERSION}\n`);
} else {
  const { run } = await import('./run.ts');
  process.exit(await run(argv));
}
