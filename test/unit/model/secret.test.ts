import { expect, test } from 'vitest';
import type { SecretValue } from '../../../src/model/project.ts';
import { secretBytes, secretKey, secretWord } from '../../../src/model/secret.ts';

test('a text: services get all of it, a client shows it without the last newline', () => {
  const secret: SecretValue = { name: 's', source: 'file', value: 'one\ntwo\r\n' };
  expect(secretBytes(secret).toString()).toBe('one\ntwo\r\n');
  expect(secretWord(secret)).toBe('one\ntwo');
  expect(secretKey(secret).toString()).toBe('one\ntwo');
});

test('what is no text: its bytes sign, its base64 is shown', () => {
  const bytes = Buffer.from([0xff, 0x0a]);
  const secret: SecretValue = { name: 's', source: 'file', value: bytes.toString('base64'), encoding: 'base64' };
  expect([secretBytes(secret), secretKey(secret)]).toEqual([bytes, bytes]);
  expect(secretWord(secret)).toBe('/wo=');
});
