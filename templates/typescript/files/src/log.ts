/**
 * One JSON object a line on standard output. msvc adds the time, the service and the replica itself; elsewhere, whoever
 * collects the output does.
 */
export function log(level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
}
