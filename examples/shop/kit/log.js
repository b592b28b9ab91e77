/**
 * One JSON object a line on standard output. msvc adds the time, the service and the replica itself; the rest of the
 * fields is what makes a line worth searching for.
 */
export function log(level, message, fields = {}) {
  process.stdout.write(`${JSON.stringify({ level, message, ...fields })}\n`);
}
