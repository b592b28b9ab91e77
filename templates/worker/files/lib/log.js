/**
 * One JSON object a line on standard output. msvc adds the time, the service and the replica itself; elsewhere, whoever
 * collects the output does.
 */
export function log(level, message, fields = {}) {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
}
