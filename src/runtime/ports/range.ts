/** From which ports `auto` ones are taken: below those that the system gives to outgoing connections. */
import { readFileSync } from 'node:fs';

export interface PortRange {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

const LOWEST = 20_000;
/** macOS, and IANA's own. */
const USUAL_EPHEMERAL = 49_152;
/** A machine may give out nearly all ports; then a bind check alone must do. */
const SMALLEST = 2_000;

/** Where well-known servers listen by default: they may be started after us. */
const WELL_KNOWN: ReadonlySet<number> = new Set([
  24224, 25565, 26257, 26379, 26380, 27015, 27017, 27018, 27019, 27036, 27042, 28015, 28017, 29015, 30000, 31337, 32400,
]);

export function isWellKnown(port: number): boolean {
  return WELL_KNOWN.has(port);
}

/** The first port the system hands out by itself. */
export function ephemeralStart(): number {
  try {
    const first = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').trim().split(/\s+/)[0]);
    return Number.isInteger(first) && first > 0 ? first : USUAL_EPHEMERAL;
  } catch {
    return USUAL_EPHEMERAL;
  }
}

export function autoRange(ephemeral: number = ephemeralStart()): PortRange {
  const to = Math.min(ephemeral, USUAL_EPHEMERAL) - 1;
  return to - LOWEST >= SMALLEST ? { from: LOWEST, to } : { from: LOWEST, to: 32_767 };
}
