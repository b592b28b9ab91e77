/**
 * Which lines continue the one before: frames of a stack trace, causes, indented detail. What belongs together is
 * filtered, copied and shown together. Pure.
 */
const CONTINUES =
  /^(?:\s+\S|Caused by: |\s*\.\.\. \d+ more|Traceback \(most recent call last\)|During handling of the above|The above exception was|goroutine \d+ \[|created by |\s*\^+\s*$|\}$|\]$)/;
/** Python says what went wrong after the frames: `ValueError: bad card`. */
const PYTHON_END = /^(?:[A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit|Iteration)\b)/;

export function continuesLine(text: string, before: string | undefined): boolean {
  if (text === '') return false;
  if (CONTINUES.test(text)) return true;
  return before !== undefined && /^\s/.test(before) && PYTHON_END.test(text);
}
