/** What `msvc up` was asked to do, checked: flags that do not go together never get further than this. Pure. */
import { MsvcError } from '../../model/error.ts';

/** As commander gives them. */
export interface UpFlags {
  readonly detach?: boolean;
  readonly wait?: boolean;
  readonly waitTimeout?: number;
  readonly scale?: Readonly<Record<string, number>>;
  readonly deps: boolean;
  readonly dryRun?: boolean;
  readonly port?: number | 'auto';
  readonly exitCodeFrom?: string;
  readonly abortOnFailure?: boolean;
  readonly abortOnContainerFailure?: boolean;
  readonly tui: boolean;
  readonly watchConfig?: boolean;
  readonly timestamps?: boolean;
  readonly logPrefix: boolean;
  readonly json?: boolean;
}

/** @throws MsvcError MSVC_USAGE */
export function checkUpFlags(flags: UpFlags): void {
  // `--wait` alone detaches, as in Compose.
  const detached = isDetached(flags);
  const refuse = (message: string, hint?: string): never => {
    throw new MsvcError('MSVC_USAGE', message, { hint });
  };
  if (flags.waitTimeout !== undefined && !flags.wait) refuse('--wait-timeout goes with --wait');
  if (detached && flags.exitCodeFrom !== undefined) {
    refuse(
      '--exit-code-from stays attached until the service ends, so it does not go with -d or --wait',
      'leave out -d, or use `msvc wait SERVICE --for completed`',
    );
  }
  if (detached && aborts(flags)) refuse('--abort-on-failure stays attached, so it does not go with -d or --wait');
  if (detached && flags.watchConfig) refuse('--watch-config stays attached, so it does not go with -d or --wait');
  if (flags.json && !detached && !flags.dryRun) refuse('--json goes with -d, --wait or --dry-run');
}

export function isDetached(flags: UpFlags): boolean {
  return flags.detach === true || flags.wait === true;
}

export function aborts(flags: UpFlags): boolean {
  return flags.abortOnFailure === true || flags.abortOnContainerFailure === true;
}
