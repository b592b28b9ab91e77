/** Rules 71 and 72: W3C Trace Context, level 2; and the ids that the gateway makes. */
import { describe, expect, it } from 'vitest';
import { freshIdLines, randomTraceparent, randomUuid } from '../../../src/gateway/trace/random-ids.ts';
import { continueParent, joinState, traceLines } from '../../../src/gateway/trace/trace-context.ts';
import { GatewayRig, get } from './rig/gateway-rig.ts';

const GOOD = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const FRESH = /^00-[0-9a-f]{32}-[0-9a-f]{16}-03$/;

async function sent(fields: string) {
  const rig = await GatewayRig.open();
  const backend = await rig.backend();
  const client = await rig.client();
  client.send(get('/', fields));
  return (await (await backend.connection()).head()).fields;
}

describe('rule 71: traceparent', () => {
  it('a valid one is continued as it is', async () => {
    const fields = await sent(`Traceparent: ${GOOD}\r\nTracestate: a=1\r\n`);
    expect([fields.get('traceparent'), fields.get('tracestate')]).toEqual([[GOOD], ['a=1']]);
  });

  it('two of them begin a new trace, without the old state', async () => {
    const fields = await sent(`traceparent: ${GOOD}\r\ntraceparent: ${GOOD}\r\ntracestate: a=1\r\n`);
    expect(fields.get('traceparent')?.[0]).toMatch(FRESH);
    expect(fields.has('tracestate')).toBe(false);
  });

  it.each([
    '',
    'x',
    GOOD.replace('00-', 'ff-'),
    GOOD.toUpperCase(),
    GOOD.slice(1),
    `${GOOD}-x`,
    `${GOOD}0`,
    GOOD.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
    GOOD.replace('b7ad6b7169203331', '0'.repeat(16)),
    GOOD.replace('0af', 'xaf'),
  ])('an invalid one begins a new trace: %j', (value) => {
    expect(continueParent(value)).toBe(null);
    expect(traceLines(value, 'a=1')).toMatch(/^traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-03\r\n$/);
  });

  it('a later version is understood as far as it is known', () => {
    expect(continueParent(GOOD.replace('00-', 'cc-'))).toBe(GOOD);
    expect(continueParent(`${GOOD.replace('00-', 'cc-').slice(0, -2)}ff-what-else`)).toBe(`${GOOD.slice(0, -2)}03`);
    expect(continueParent(`${GOOD.replace('00-', 'cc-')}x`)).toBe(null);
  });
});

describe('rule 72: tracestate', () => {
  it('several lines are joined in order, spaces trimmed', async () => {
    const fields = await sent(`traceparent: ${GOOD}\r\ntracestate: a=1 , b=2\r\nX: y\r\ntracestate:\tc=3,,\r\n`);
    expect(fields.get('tracestate')).toEqual(['a=1,b=2,c=3']);
  });

  it('32 members at most, the first ones', () => {
    const members = Array.from({ length: 40 }, (_, index) => `k${index}=v`);
    expect(joinState(members.join(','))).toBe(members.slice(0, 32).join(','));
  });

  it('keys of level 2, repeated keys, and no member that takes the rest with it', () => {
    const long = 'k'.repeat(256);
    expect(joinState(`foo@=1,@foo=1,${long}=1,${long}k=1,0a=1,A=1,a=1,a=2,b=x=y,c=,d=a b,e/f*_-@g=!`)).toBe(
      `foo@=1,${long}=1,0a=1,a=1,a=2,d=a b,e/f*_-@g=!`,
    );
  });

  it('without a traceparent it is dropped', async () => {
    expect((await sent('tracestate: a=1\r\n')).has('tracestate')).toBe(false);
  });
});

it('x-request-id is made where there is none, and kept where it is sound', async () => {
  expect((await sent('')).get('x-request-id')?.[0]).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect((await sent('X-Request-ID: mine-1\r\n')).get('x-request-id')).toEqual(['mine-1']);
  expect((await sent(`X-Request-Id: ${'x'.repeat(200)}\r\n`)).get('x-request-id')?.[0]).toHaveLength(36);
  expect(new Set(Array.from({ length: 5000 }, randomUuid)).size).toBe(5000);
});

it('ids that are made are random in each of their digits but those that say what they are', () => {
  const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
  const both = new RegExp(`^X-Request-Id: ${uuid}\\r\\ntraceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-03\\r\\n\\r\\n$`);
  for (const [make, form] of [
    [randomUuid, new RegExp(`^${uuid}$`)],
    [randomTraceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-03$/],
    [freshIdLines, both],
  ] as const) {
    const made = Array.from({ length: 2_000 }, make);
    for (const text of made) expect(text).toMatch(form);
    // How many different characters a place has had: one where all are the same, four for the variant, else sixteen.
    const counts = Array.from(made[0]!, (_, place) => new Set(made.map((text) => text[place])).size);
    expect([...new Set(counts)].filter((count) => ![1, 4, 16].includes(count))).toEqual([]);
    expect(counts.filter((count) => count === 4)).toHaveLength(make === randomTraceparent ? 0 : 1);
    expect(counts.filter((count) => count === 16)).toHaveLength(
      make === randomUuid ? 30 : make === randomTraceparent ? 48 : 78,
    );
  }
});
