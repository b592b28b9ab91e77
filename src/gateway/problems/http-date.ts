/** The value of Date (RFC 9110 5.6.7), made at most once a second. Owns that string. */
let second = 0;
let text = '';

export function httpDate(): string {
  const now = Date.now();
  const current = Math.floor(now / 1000);
  if (current !== second) {
    second = current;
    text = new Date(now).toUTCString();
  }
  return text;
}
