/** `msvc fault`: failures on purpose on the way from one service to another. */
import { randomInt } from 'node:crypto';
import type { Client } from '../../control/client.ts';
import { MsvcError } from '../../model/error.ts';
import { edgeLabel, type Fault, NO_EFFECT } from '../../model/fault.ts';
import type { CommandModule } from '../command.ts';
import type { Context } from '../context.ts';
import { withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { durationFlag } from '../flags/duration.ts';
import { edgeArgument, percentFlag, rateFlag } from '../flags/fault.ts';
import { numberFlag } from '../flags/number.ts';
import type { FaultJson } from '../json-contract.ts';
import { type Column, tableLines } from '../table.ts';
import { effectText, faultText, remainingText } from '../wording/faults.ts';
import { count } from '../wording/lists.ts';
import { iso } from '../wording/time.ts';

interface AddOptions {
  readonly delay?: number;
  readonly jitter?: number;
  readonly delayShare?: number;
  readonly bandwidth?: number;
  readonly error?: number;
  readonly status?: number;
  readonly reset?: number;
  readonly abort?: number;
  readonly for?: number;
  readonly seed?: number;
  readonly json?: boolean;
}

export const { define }: CommandModule = {
  define(command, bind) {
    const add = command.command('add').summary('make requests of an edge late, fail or break off');
    add
      .description('Make requests on the way from one service to another late, fail or break off.')
      .argument('<edge>', 'caller->callee; `client` is what comes in at the gateway, `*` is anyone')
      .option('--delay <time>', 'answers come this much later', durationFlag('--delay'))
      .option('--jitter <time>', 'the delay varies by up to this much, both ways', durationFlag('--jitter'))
      .option('--delay-share <percent>', 'only this share is delayed (100%)', percentFlag('--delay-share'))
      .option('--bandwidth <rate>', 'answers come at most this fast, each for itself', rateFlag('--bandwidth'))
      .option('--error <percent>', 'this share is answered with --status', percentFlag('--error'))
      .option('--status <code>', 'status of those answers (503)', numberFlag('--status', 400, 599))
      .option('--reset <percent>', "this share has the callee's connection reset", percentFlag('--reset'))
      .option('--abort <percent>', "this share has the caller's own connection reset", percentFlag('--abort'))
      .option('--for <time>', 'ends by itself after this time', durationFlag('--for'))
      .option('--seed <n>', 'the same seed gives the same sequence', numberFlag('--seed', 0, 2 ** 32 - 1))
      .option('--json', 'the fault as one object, for programs');
    explain(
      add,
      [
        { line: 'msvc fault add "orders->payments" --delay 300ms --jitter 50ms', does: 'a slow callee' },
        {
          line: 'msvc fault add "orders->payments" --error 5% --status 503 --for 2m',
          does: 'a flaky one, for a while',
        },
        { line: 'msvc fault add "client->orders" --bandwidth 64KiB/s', does: 'a slow line' },
        {
          line: 'msvc fault add "client->orders" --reset 1% --seed 7',
          does: 'broken connections, the same ones each time',
        },
      ],
      [
        'A fault stands between the gateway and the callee: time limits, retries and the breaker of the edge see it as if the callee had done it.',
        'Put the edge in quotes: `>` means something to the shell. `orders:payments` is the same.',
      ],
    );
    bind(add, (context, edge: string, options: AddOptions) =>
      withEngine(context, (client) => addFault(context, client, edge, options)),
    );

    const ls = command.command('ls').summary('list the faults in force').option('--json', 'one array, for programs');
    ls.description('List the faults in force.');
    bind(ls, async (context, options: { readonly json?: boolean }) => {
      const faults = await withEngine(context, (client) => client.request('fault-list', {}));
      const { out } = context;
      if (options.json) out.json(faults.map(faultJson));
      else if (faults.length === 0) context.err.line('no fault is in force');
      else out.write(`${tableLines(faults, COLUMNS, { style: out.style, width: out.columns }).join('\n')}\n`);
      return 0;
    });

    const clear = command.command('clear').summary('end faults now').argument('[which]', 'an id, or an edge');
    clear.description('End faults now.').option('--all', 'all of them');
    explain(clear, [
      { line: 'msvc fault clear f1', does: 'this one' },
      { line: 'msvc fault clear "orders->payments"', does: 'all on this edge' },
      { line: 'msvc fault clear --all', does: 'all of them' },
    ]);
    bind(clear, async (context, which: string | undefined, options: { readonly all?: boolean }) => {
      if ((which === undefined) === (options.all !== true)) {
        throw new MsvcError('MSVC_USAGE', 'name a fault or an edge, or write --all');
      }
      const selector = which === undefined ? {} : /^f\d+$/.test(which) ? { id: which } : { edge: edgeArgument(which) };
      const cleared = await withEngine(context, (client) => client.request('fault-clear', selector));
      context.out.line(cleared.length === 0 ? 'no fault was in force' : `${count(cleared.length, 'fault')} cleared`);
      return 0;
    });
  },
};

async function addFault(context: Context, client: Client, edge: string, options: AddOptions): Promise<number> {
  if (options.for === 0) throw new MsvcError('MSVC_USAGE', '--for takes a time above 0');
  const fault = await client.request('fault-add', {
    ...edgeArgument(edge),
    delayMs: options.delay ?? NO_EFFECT.delayMs,
    jitterMs: options.jitter ?? NO_EFFECT.jitterMs,
    delayPercent: options.delayShare ?? NO_EFFECT.delayPercent,
    bytesPerSecond: options.bandwidth ?? NO_EFFECT.bytesPerSecond,
    errorPercent: options.error ?? NO_EFFECT.errorPercent,
    status: options.status ?? NO_EFFECT.status,
    resetPercent: options.reset ?? NO_EFFECT.resetPercent,
    abortPercent: options.abort ?? NO_EFFECT.abortPercent,
    seed: options.seed ?? randomInt(2 ** 32),
    forMs: options.for ?? 0,
  });
  if (options.json) context.out.json(faultJson(fault));
  else context.out.line(`${faultText(fault)}, ${remainingText(fault, fault.addedAt)} (seed ${fault.seed})`);
  return 0;
}

const COLUMNS: readonly Column<Fault>[] = [
  { header: 'ID', value: (f) => f.id },
  { header: 'EDGE', value: edgeLabel },
  { header: 'EFFECT', value: effectText, minColumns: 20 },
  { header: 'LEFT', value: (f) => remainingText(f, Date.now()) },
  { header: 'SEED', value: (f) => String(f.seed), align: 'right' },
  { header: 'FROM', value: (f) => (f.origin === 'file' ? 'msvc.yaml' : 'command') },
];

function faultJson({ addedAt, endsAt, ...fault }: Fault): FaultJson {
  return { ...fault, addedAt: iso(addedAt), endsAt: iso(endsAt) };
}
