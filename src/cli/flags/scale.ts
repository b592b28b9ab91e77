/** `web=3`, as `--scale` and `msvc scale` take it. Pure. */
import { MsvcError } from '../../model/error.ts';

const MOST = 1000;

/** @throws MsvcError MSVC_USAGE */
export function scaleEntry(text: string): readonly [service: string, replicas: number] {
  const match = /^([^=]+)=(\d+)$/.exec(text);
  const replicas = Number(match?.[2]);
  if (!match || replicas > MOST) {
    throw new MsvcError('MSVC_USAGE', `"${text}" does not say how many replicas of which service`, {
      hint: `write SERVICE=NUMBER, for example web=3 (at most ${MOST})`,
    });
  }
  return [match[1] as string, replicas];
}

/** For commander's argParser of a repeatable option. */
export function collectScale(
  text: string,
  before: Readonly<Record<string, number>> | undefined,
): Record<string, number> {
  const [service, replicas] = scaleEntry(text);
  return { ...before, [service]: replicas };
}
