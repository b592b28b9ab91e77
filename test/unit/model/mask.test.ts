import { describe, expect, test } from 'vitest';
import { Mask } from '../../../src/model/mask.ts';
import type { SecretValue } from '../../../src/model/project.ts';

const text = (value: string): SecretValue => ({ name: 's', source: 'file', value });
const bytes = (value: Buffer): SecretValue => ({ ...text(value.toString('base64')), encoding: 'base64' });
const masked = (said: string, ...secrets: SecretValue[]): string => {
  const mask = new Mask(secrets);
  const result = mask.mask(said);
  // Whoever asks first whether there is anything must not be told that there is nothing.
  if (result !== said) expect(mask.finds(JSON.stringify({ said })), said).toBe(true);
  return result;
};

const PEM = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
-----END PRIVATE KEY-----
`;

describe('a value of several lines', () => {
  test('is found line by line', () => {
    expect(masked(`key:\n${PEM}`, text(PEM))).toBe('key:\n***\n');
    for (const line of PEM.split('\n').slice(1, 4)) {
      expect(masked(line, text(PEM))).toBe('***');
      expect(masked(`14:02:01 ${line}\r`, text(PEM))).toBe('14:02:01 ***\r');
    }
  });

  test('what stands in every such file is left', () => {
    expect(masked('-----BEGIN PRIVATE KEY-----', text(PEM))).toBe('-----BEGIN PRIVATE KEY-----');
    const json = text('{\n  "auth": {\n    "port": 80,\n    "key": "c0ffee-c0ffee"\n  }\n}\n');
    const said = 'a { b } "auth": { c';
    expect(masked(said, json)).toBe(said);
    expect(masked('with "key": "c0ffee-c0ffee"', json)).toBe('with ***');
    expect(masked('error', text('true\nerror\nhunter2hunter2\n'))).toBe('error');
  });

  test('a short line is masked where it is the whole of a text', () => {
    const passwords = text('hunter2\nhunter3\n');
    expect(masked(' hunter2\n', passwords)).toBe('***');
    expect(masked('hunter2 and so on', passwords)).toBe('hunter2 and so on');
    expect(masked('a hunter2\nhunter3 b', passwords)).toBe('a *** b');
  });
});

describe('encoded', () => {
  test.each([
    ['p@ss/word9', 'p%40ss%2Fword9'],
    ['p@ss/word9', 'p%40ss%2fword9'],
    ['p@ss/word9', 'p%40ss/word9'],
    ["it's p@rt", 'it%27s%20p%40rt'],
    ['one two+3', 'one+two%2B3'],
    ['a$b&c@d', 'a$b&c%40d'],
    ['p@ss/word9', 'cEBzcy93b3JkOQ=='],
    ['p@ss/word9\n', 'cEBzcy93b3JkOQo='],
    ['???>>>???>>>', 'Pz8_Pj4-Pz8_Pj4-'],
    ['say "p@ss"', 'say \\"p@ss\\"'],
  ])('%j as %s', (value, encoded) => {
    expect(masked(encoded, text(value))).toBe('***');
    expect(masked(`url=http://u:${encoded}@h`, text(value))).toBe('url=http://u:***@h');
  });

  test.each(['u', 'us', 'user'])('as the password of %s in an Authorization header', (user) => {
    const header = Buffer.from(`${user}:p@ss/word9 and more`).toString('base64');
    const said = masked(`Basic ${header}`, text('p@ss/word9'));
    const left = Buffer.from(said.replace('***', ''), 'base64').toString('latin1');
    expect(said).toContain('***');
    expect(left).not.toContain('ss/wor');
  });

  test('text in JSON in JSON', () => {
    const said = JSON.stringify({ inner: JSON.stringify({ key: 'c0ff"ee' }) });
    expect(new Mask([text('c0ff"ee')]).finds(said)).toBe(true);
  });
});

test('with and without its last newline', () => {
  expect(masked('hunter2', text('hunter2\n'))).toBe('***');
  expect(masked('hunter2\n', text('hunter2\n'))).toBe('***');
  expect(masked('a hunter2 b', text('hunter2\n'))).toBe('a *** b');
});

test('the beginning of one where a text was cut', () => {
  expect(masked('exit 1: p@ss/wo…', text('p@ss/word9'))).toBe('exit 1: ***…');
  expect(masked(`exit 1: ${PEM.replaceAll('\n', ' ').slice(0, 150)}…`, text(PEM))).toBe(
    'exit 1: -----BEGIN PRIVATE KEY----- *** ***…',
  );
  expect(masked('exit 1: p@…', text('p@ss/word9'))).toBe('exit 1: p@…');
  expect(masked('exit 1: p@ss/wo', text('p@ss/word9'))).toBe('exit 1: p@ss/wo');
});

test('what is no text is found in base64 and hex, not as the letters that msvc keeps it in', () => {
  const key = Buffer.from([0xff, 0xfe, 0, 1, 2, 3, 0x80, 0x81, 0x82]);
  expect(masked(`key ${key.toString('base64')}`, bytes(key))).toBe('key ***');
  expect(masked(`key ${key.toString('hex')}`, bytes(key))).toBe('key ***');
  expect(masked('\uFFFD\uFFFD and \0', bytes(Buffer.from([0xff])))).toBe('\uFFFD\uFFFD and \0');
  expect(masked('/w==', bytes(Buffer.from([0xff])))).toBe('/w==');
});
