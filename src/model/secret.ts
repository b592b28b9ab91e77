/** What a secret holds, as those need it who use it. Pure. */
import type { SecretValue } from './project.ts';

/** Byte for byte what its file or variable has. */
export function secretBytes({ value, encoding }: SecretValue): Buffer {
  return Buffer.from(value, encoding ?? 'utf8');
}

/** What a client shows: the text without the newline that editors put at the end of a file; base64 of what is no text. */
export function secretWord({ value, encoding }: SecretValue): string {
  return encoding === undefined ? value.replace(/\r?\n$/, '') : value;
}

/** What a signature is made with: the text without its last newline, or the bytes. */
export function secretKey(secret: SecretValue): Buffer {
  return secret.encoding === undefined ? Buffer.from(secretWord(secret)) : secretBytes(secret);
}
