/** Keys, palette and events: what they make of the state, and what is asked for outside. Without a terminal. */
import { describe, expect, test } from 'vitest';
import { problemsOf } from '../../../../src/cli/dashboard/model/problems.ts';
import { Story } from './story.ts';

const shop = (size = { columns: 80, rows: 24 }): Story => new Story(size).begin().allReady();

describe('moving', () => {
  test('j and k go through the services in the order of the graph, and stop at the ends', () => {
    const story = shop();
    story.press('k', 'j');
    expect(story.state.selected).toBe('catalog');
    story.press('j', 'down', 'down', 'down');
    expect(story.state.selected).toBe('payments');
    story.press('g');
    expect(story.state.selected).toBe('storefront');
  });

  test('Enter opens the service and asks for what it is given; Escape leads back', () => {
    const story = shop();
    story.press('j');
    expect(story.press('enter')).toEqual([{ do: 'details', service: 'catalog' }]);
    expect(story.state.screen).toBe('service');
    story.press('escape');
    expect(story.state.screen).toBe('overview');
  });

  test('l shows the logs of the selected one, 2 those of all', () => {
    const story = shop();
    story.press('j', 'l');
    expect(story.state).toMatchObject({ screen: 'logs', logs: { services: ['catalog'] } });
    story.press('2');
    expect(story.state.logs.services).toEqual([]);
    story.press(':', ...'logs orders payments', 'enter');
    expect(story.state.logs.services).toEqual(['orders', 'payments']);
    story.press(':', ...'logs orders paymnts', 'enter');
    expect(story.state.notice?.text).toBe('there is no service paymnts; did you mean payments?');
  });
});

describe('actions say what was observed', () => {
  test('restart: not before the engine has answered and all are ready', () => {
    const story = shop();
    const [effect] = story.press('r') as { do: string; action: { id: number; service: string } }[];
    expect(effect).toMatchObject({ do: 'request', action: { kind: 'restart', service: 'storefront' } });
    expect(story.state.notice).toBeNull();
    story.now += 1_200;
    story.send({ type: 'acted', id: effect!.action.id, error: null, seq: story.seq });
    expect(story.state.notice).toMatchObject({ tone: 'good', text: 'storefront restarted: 1 of 1 ready after 1.2 s' });
    expect(story.state.actions).toEqual([]);
  });

  test('kill: over when what was killed is back', () => {
    const story = shop();
    story.sample(50);
    story.press('j');
    const [effect] = story.press('K') as { action: { id: number } }[];
    story.send({ type: 'acted', id: effect!.action.id, error: null, seq: story.seq, pids: 2 });
    story.killed('catalog', 1);
    story.killed('catalog', 2);
    expect(story.state.notice).toBeNull();
    story.back('catalog', 1);
    expect(story.state.notice).toBeNull();
    story.sample(50);
    story.back('catalog', 2);
    expect(story.state.notice?.text).toMatch(
      /^catalog was killed and is back: 2 of 2 ready after .*; none of \d+ requests failed$/,
    );
  });

  test('in its view the key kills the selected replica alone', () => {
    const story = shop();
    story.press('j', 'enter', 'j');
    const [effect] = story.press('K');
    expect(effect).toMatchObject({ action: { kind: 'kill', service: 'catalog', replica: 2 } });
  });

  test('what the engine refuses is said in its words', () => {
    const story = shop();
    const [effect] = story.press('+') as { action: { id: number; replicas: number } }[];
    expect(effect!.action.replicas).toBe(2);
    story.send({ type: 'acted', id: effect!.action.id, error: 'two processes cannot hold one port', seq: 0 });
    expect(story.state.notice).toMatchObject({ tone: 'bad', text: 'two processes cannot hold one port' });
  });
});

describe('the palette', () => {
  test('completes commands, then services', () => {
    const story = shop();
    story.press(':', 'r', 'e', 's', 'tab', 'c', 'tab');
    expect(story.state.mode).toMatchObject({ typing: { text: 'restart catalog' } });
    const [effect] = story.press('enter');
    expect(effect).toMatchObject({ action: { kind: 'restart', service: 'catalog' } });
  });

  test('scale takes a number', () => {
    const story = shop();
    const [effect] = story.press(':', ...'scale catalog 4', 'enter');
    expect(effect).toMatchObject({ action: { kind: 'scale', service: 'catalog', replicas: 4 } });
  });

  test('scale as the command line has it, and of the selected service', () => {
    const story = shop();
    const [named] = story.press(':', ...'scale orders=3', 'enter');
    expect(named).toMatchObject({ action: { kind: 'scale', service: 'orders', replicas: 3 } });
    const selected = shop();
    selected.press('j');
    const [effect] = selected.press(':', ...'scale 4', 'enter');
    expect(effect).toMatchObject({ action: { kind: 'scale', service: 'catalog', replicas: 4 } });
    selected.press(':', ...'scale orders=x', 'enter');
    expect(selected.state.notice?.text).toBe('x is no number of replicas');
  });

  test('what it does not know it says, with what is near', () => {
    const story = shop();
    story.press(':', ...'restart catalgo', 'enter');
    expect(story.state.notice?.text).toBe('there is no service catalgo; did you mean catalog?');
    story.press(':', ...'restrat', 'enter');
    expect(story.state.notice?.text).toBe('there is no command restrat; did you mean restart?');
  });

  test('Escape leaves it without doing anything', () => {
    const story = shop();
    expect(story.press(':', ...'stop catalog', 'escape')).toEqual([]);
    expect(story.state.mode.kind).toBe('normal');
  });
});

describe('leaving', () => {
  test('an owner is asked once: y stops, d leaves it running, Escape stays', () => {
    const story = shop();
    expect(story.press('q')).toEqual([]);
    expect(story.press('escape')).toEqual([]);
    expect(story.press('q', 'd')).toEqual([{ do: 'leave', how: 'detach' }]);
    expect(story.press('q', 'y')).toEqual([{ do: 'leave', how: 'stop' }]);
  });

  test('who only looks leaves at once', () => {
    const story = new Story(undefined, false).begin().allReady();
    expect(story.press('q')).toEqual([{ do: 'leave', how: 'detach' }]);
    expect(story.press('ctrl-c')).toEqual([{ do: 'leave', how: 'detach' }]);
  });
});

describe('what happened', () => {
  test('an outage is told whole: how it ended, by whose hand, how long it was away, what it cost', () => {
    const story = shop();
    story.sample(40);
    story.killed('catalog', 1);
    expect(story.state.happenings.at(-1)).toMatchObject({
      subject: 'catalog.1',
      text: 'killed (SIGKILL) by `msvc kill`, restarting in 200 ms',
    });
    story.back('catalog', 1);
    story.sample(40);
    expect(story.state.happenings.at(-1)).toMatchObject({
      subject: 'catalog.1',
      text: 'killed (SIGKILL) by `msvc kill`, back in 311 ms',
      cost: '48 requests meanwhile, 2 tried again, none failed',
      tone: 'good',
    });
    expect(story.state.happenings.at(-2)?.text).toBe('`msvc kill catalog`');
  });

  test('whose hand it was is said where that is known: nobody sends what a program runs into itself', () => {
    const story = shop();
    const told = (signal: string, cause?: number) =>
      story
        .ended('catalog', 1, signal, cause)
        .state.happenings.at(-1)
        ?.text.replace(/ \(\d times\)/, '');
    expect(told('SIGTERM', story.seq)).toBe('ended by SIGTERM from outside, restarting in 200 ms');
    expect(told('SIGKILL')).toBe('killed (SIGKILL) from outside, restarting in 200 ms');
    expect(told('SIGSEGV', story.seq)).toBe('crashed (SIGSEGV), restarting in 200 ms');
    expect(told('SIGABRT', story.seq)).toBe('aborted (SIGABRT), restarting in 200 ms');
    // What led to it was too long ago to be kept.
    expect(told('SIGKILL', story.seq + 1000)).toBe('killed (SIGKILL), restarting in 200 ms');
  });

  test('a new version that is given up is not said to come back, and why it did not come up is said above', () => {
    const story = shop().brokenSave('payments');
    expect(story.state.happenings.slice(-2).map(({ subject, text }) => `${subject} ${text}`)).toEqual([
      "payments.1 exited 1: SyntaxError: '(' was never closed",
      'payments failing (serving previous): payments.1@2 did not become ready',
    ]);
    expect(problemsOf(story.view, story.now)[0]?.text).toBe(
      "payments failing: SyntaxError: '(' was never closed; the new version does not come up, the previous one serves",
    );
  });

  test('requests that failed meanwhile are said, in red', () => {
    const story = shop();
    story.sample(40);
    story.killed('payments', 1).back('payments', 1);
    story.sample(40, 3);
    expect(story.state.happenings.at(-1)).toMatchObject({
      text: 'killed (SIGKILL) by `msvc kill`, back in 311 ms',
      cost: '8 requests meanwhile, 3 failed',
      tone: 'bad',
    });
  });

  test('of an outage before the dashboard was opened the cost is not known, and not said', () => {
    const story = shop();
    const opened = story.state.metrics.sample?.at;
    // Samples come first, then what had happened.
    story.sample(40);
    story.now = (opened ?? story.now) - 2000;
    story.killed('catalog', 1).back('catalog', 1);
    story.sample(40);
    const told = story.state.happenings.at(-1);
    expect(told?.text).toBe('killed (SIGKILL) by `msvc kill`, back in 311 ms');
    expect(told?.cost).toBeUndefined();
  });
});
