/** What happens to the system during a check: `restart payments`, `scale web=3`; faults of edges. */
import { NO_EFFECT, parseFaultTarget } from '../../../model/fault.ts';
import { serviceName } from '../../../model/names.ts';
import type { Disturbance, SmokeFault } from '../../../model/smoke.ts';
import { suggest } from '../../../model/suggest.ts';
import type { Problems } from '../../problems.ts';
import { type Node, placeOf, type ScalarNode } from '../../tree/node.ts';
import { get, itemsOf, numberOf, scalarsOf, textOf } from '../../tree/read.ts';
import { parseDurationMs, parseRate } from '../../units.ts';

const VERBS = ['restart', 'kill', 'stop', 'scale'] as const;

export function disturbancesOf(node: Node | undefined, problems: Problems): Disturbance[] {
  return scalarsOf(node).flatMap((item) => disturbanceOf(item, problems) ?? []);
}

function disturbanceOf(node: ScalarNode, problems: Problems): Disturbance | undefined {
  const [word = '', ...names] = node.text.trim().split(/\s+/);
  const verb = VERBS.find((known) => known === word);
  if (verb === undefined || names.length === 0) {
    const near = verb === undefined ? suggest(word, VERBS) : undefined;
    const message =
      verb === undefined
        ? `\`${word}\` is nothing that can happen during a check`
        : `\`${word}\` needs the name of a service`;
    problems.error('bad-value', message, placeOf(node), {
      hint:
        near === undefined
          ? 'such as `restart payments`, `kill catalog`, `scale orders=3`, `stop payments`'
          : `did you mean \`${near}\`?`,
    });
    return undefined;
  }
  if (verb !== 'scale') return { verb, services: names.map(serviceName) };
  const [, name, count] = /^([^=]+)=(\d{1,4})$/.exec(names[0] as string) ?? [];
  if (name === undefined || names.length > 1) {
    problems.error('bad-value', '`scale` takes one service and a number', placeOf(node), {
      hint: 'such as `scale orders=3`',
    });
    return undefined;
  }
  return { verb, services: [serviceName(name)], replicas: Number(count) };
}

export function faultsOf(node: Node | undefined, problems: Problems): SmokeFault[] {
  return (node?.kind === 'map' ? [node] : itemsOf(node)).flatMap((item) => faultOf(item, problems) ?? []);
}

function faultOf(node: Node, problems: Problems): SmokeFault | undefined {
  const edge = get(node, 'edge');
  const target = parseFaultTarget(textOf(edge) ?? '');
  if (!target) {
    if (edge) {
      problems.error('bad-value', `\`${textOf(edge)}\` is not an edge`, placeOf(edge), {
        hint: 'such as `orders->payments`',
      });
    }
    return undefined;
  }
  const ms = (key: string) => parseDurationMs(textOf(get(node, key)) ?? '');
  const effects = {
    delayMs: ms('delay'),
    jitterMs: ms('jitter'),
    bytesPerSecond: parseRate(textOf(get(node, 'bandwidth')) ?? ''),
    errorPercent: percentOf(get(node, 'error'), problems),
    status: numberOf(get(node, 'status')),
    resetPercent: percentOf(get(node, 'reset'), problems),
    seed: numberOf(get(node, 'seed')),
  };
  const written = Object.entries(effects).filter(([, value]) => value !== undefined);
  if (!['delay', 'bandwidth', 'error', 'reset'].some((key) => get(node, key))) {
    problems.error('missing-key', 'the fault does nothing', placeOf(node), {
      hint: 'give it `delay`, `bandwidth`, `error` or `reset`',
    });
  }
  return { ...target, ...NO_EFFECT, ...Object.fromEntries(written) };
}

/** `5%`, or a share from 0 to 1. */
function percentOf(node: Node | undefined, problems: Problems): number | undefined {
  const text = textOf(node);
  if (node === undefined || text === undefined) return undefined;
  const [, number, sign] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? [];
  const percent = number === undefined ? Number.NaN : Number(number) * (sign ? 1 : 100);
  if (percent >= 0 && percent <= 100) return percent;
  problems.error('bad-value', `\`${text}\` is not a share`, placeOf(node), { hint: 'such as `5%`, or `0.05`' });
  return undefined;
}
