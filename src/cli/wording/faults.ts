/** What a fault does, in a few words. Pure. */
import { edgeLabel, type Fault, type FaultEffects } from '../../model/fault.ts';
import { duration } from './time.ts';

/** `300 ms ± 50 ms later, 5 % answered 503` */
export function effectText(effects: FaultEffects): string {
  const { delayMs, jitterMs, delayPercent, bytesPerSecond, errorPercent, status, resetPercent, abortPercent } = effects;
  const parts: string[] = [];
  if (delayMs > 0 || jitterMs > 0) {
    const share = delayPercent < 100 ? `${delayPercent} % ` : '';
    parts.push(`${share}${duration(delayMs)}${jitterMs > 0 ? ` ± ${duration(jitterMs)}` : ''} later`);
  }
  if (bytesPerSecond > 0) parts.push(`at most ${rateText(bytesPerSecond)}`);
  if (errorPercent > 0) parts.push(`${errorPercent} % answered ${status}`);
  if (resetPercent > 0) parts.push(`${resetPercent} % reset`);
  if (abortPercent > 0) parts.push(`${abortPercent} % aborted`);
  return parts.join(', ');
}

/** `64 KiB/s`, as it is written. */
function rateText(bytesPerSecond: number): string {
  const [unit, size] =
    bytesPerSecond >= 1024 ** 2 ? ['MiB', 1024 ** 2] : bytesPerSecond >= 1024 ? ['KiB', 1024] : ['B', 1];
  return `${Math.round((bytesPerSecond / Number(size)) * 10) / 10} ${unit}/s`;
}

/** `fault f1 on orders->payments: 300 ms later` */
export function faultText(fault: Fault): string {
  const name = fault.origin === 'file' ? 'fault of msvc.yaml' : `fault ${fault.id}`;
  return `${name} on ${edgeLabel(fault)}: ${effectText(fault)}`;
}

/** `for 1 m 20 s more`, or `until cleared`. @param now wall-clock milliseconds */
export function remainingText({ endsAt }: Pick<Fault, 'endsAt'>, now: number): string {
  return endsAt === null ? 'until cleared' : `for ${duration(Math.max(0, endsAt - now))} more`;
}
