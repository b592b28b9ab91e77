/**
 * Does what the model asks for outside of it: requests to the engine, the clipboard, programs that take the terminal
 * over for a while. Answers come back as messages. Owns nothing.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '../../control/client.ts';
import { runChild } from '../child.ts';
import { DETACH_KEYS, detachKeys, detachWords } from '../console/detach-keys.ts';
import { attachTo, endWords } from '../console/session.ts';
import type { Context } from '../context.ts';
import { connect } from '../engine/connect.ts';
import { definedOf } from '../environment.ts';
import { dataOf, sentenceOf } from '../print-error.ts';
import { faultText } from '../wording/faults.ts';
import { count } from '../wording/lists.ts';
import type { LogPane } from './logs/log-pane.ts';
import type { Action } from './model/actions.ts';
import type { Effect, LogCommand, Message } from './model/state.ts';
import { runSmoke } from './smoke.ts';
import { clipboardTools, copyWithTool, multiplexerTools, osc52 } from './terminal/clipboard.ts';
import type { Terminal } from './terminal/terminal.ts';

export interface Surroundings {
  readonly context: Context;
  readonly client: Client;
  readonly terminal: Terminal;
  readonly pane: LogPane;
  dispatch(message: Message): void;
  leave(how: 'detach' | 'stop'): void;
  applyLogOptions(): void;
  redraw(): void;
}

export async function carryOut(effect: Effect, around: Surroundings): Promise<void> {
  const { client, terminal, pane } = around;
  switch (effect.do) {
    case 'request':
      return await request(effect.action, around);
    case 'details': {
      const { entries, workingDir } = await client.request('environment', { service: effect.service });
      around.dispatch({ type: 'details', details: { service: effect.service, environment: entries, workingDir } });
      return;
    }
    case 'leave':
      around.leave(effect.how);
      return;
    case 'log':
      logCommand(pane, effect.command, around);
      return;
    case 'log-options':
      around.applyLogOptions();
      return;
    case 'copy':
      return await copy(around);
    case 'pager':
    case 'editor':
      return await openLines(effect.do, around);
    case 'redraw':
      around.redraw();
      return;
    case 'suspend':
      return await terminal.suspend();
    case 'mouse':
      terminal.mouse = effect.on;
      return;
    case 'fault': {
      const fault = await client.request('fault-add', effect.fault);
      around.dispatch({ type: 'said', text: `${faultText(fault)}; F clears it`, tone: 'warn' });
      return;
    }
    case 'clear-faults': {
      const cleared = await client.request('fault-clear', effect.edge ? { edge: effect.edge } : {});
      const text = cleared.length === 0 ? 'no fault was in force there' : `${count(cleared.length, 'fault')} cleared`;
      around.dispatch({ type: 'said', text, tone: cleared.length === 0 ? 'warn' : 'good' });
      return;
    }
    case 'smoke':
      around.dispatch({ type: 'said', ...(await runSmoke(effect.only, around.context)) });
      return;
    case 'browse':
      return await browse(effect.url, around);
    case 'shell':
      return await shell(effect.service, effect.replica, around);
    case 'attach':
      return await attach(effect.service, effect.replica, around);
    case 'db':
      await terminal.lend(async () => (await import('../db/shell.ts')).shell(around.context, effect.service, false));
      return;
  }
}

async function request(action: Action, { client, dispatch }: Surroundings): Promise<void> {
  const { id, kind, service, replica, replicas } = action;
  const services = [service];
  const send = async (): Promise<number | undefined> => {
    switch (kind) {
      case 'start':
      case 'stop':
        await client.request(kind, { services });
        return undefined;
      case 'restart':
        await client.request('restart', { services, noDeps: false });
        return undefined;
      case 'scale':
        await client.request('scale', { scale: { [service]: replicas ?? 1 } });
        return undefined;
      case 'kill': {
        const targets = [{ service, ...(replica !== null && { replica }) }];
        return (await client.request('kill', { targets, signal: 'SIGKILL' })).pids.length;
      }
    }
  };
  try {
    const pids = await send();
    // Answers and events come by different ways: what the answer means has been seen when the view is as new as it.
    const { seq } = await client.request('view', {});
    dispatch({ type: 'acted', id, error: null, seq, ...(pids !== undefined && { pids }) });
  } catch (error) {
    dispatch({ type: 'acted', id, error: sentenceOf(dataOf(error)), seq: 0 });
  }
}

function logCommand(pane: LogPane, command: LogCommand, { dispatch }: Surroundings): void {
  const isFound = (found: boolean, what: string): void => {
    if (!found) dispatch({ type: 'said', text: `no ${what}`, tone: 'warn' });
  };
  switch (command.name) {
    case 'move':
      pane.move(command.by);
      return;
    case 'page':
      pane.page(command.by);
      return;
    case 'top':
      pane.home();
      return;
    case 'follow':
      pane.follow();
      return;
    case 'select':
      pane.select();
      return;
    case 'time':
      pane.jumpTo(command.at);
      return;
    case 'click':
      pane.click(command.row);
      return;
    case 'search-first':
      isFound(pane.find('up', true), 'match above');
      return;
    case 'search-up':
      isFound(pane.find('up'), 'match above');
      return;
    case 'search-down':
      isFound(pane.find('down'), 'match below');
      return;
    case 'error-up':
      isFound(pane.findGrave('up'), 'error above');
      return;
  }
}

async function copy({ pane, terminal, context, dispatch }: Surroundings): Promise<void> {
  const lines = pane.copied();
  if (lines.length === 0) return;
  const text = `${lines.join('\n')}\n`;
  const sequence = osc52(text);
  if (sequence) terminal.write(sequence);
  const ways = [multiplexerTools(context.env), clipboardTools(process.platform, context.env)];
  const taken = await Promise.all(ways.map((tools) => copyWithTool(text, tools, context.env)));
  const hasTool = taken.includes(true);
  if (pane.isSelecting) pane.select();
  const how =
    hasTool || sequence
      ? `copied ${count(lines.length, 'line')}`
      : 'too much for the clipboard of this terminal: o opens it in a pager';
  dispatch({ type: 'said', text: how, tone: hasTool || sequence ? 'good' : 'warn' });
}

async function openLines(what: 'pager' | 'editor', { pane, terminal, context, dispatch }: Surroundings): Promise<void> {
  const { PAGER, VISUAL, EDITOR } = context.env;
  const program = what === 'pager' ? PAGER || 'less' : VISUAL || EDITOR || 'vi';
  const row = pane.cursorRow();
  const dir = mkdtempSync(path.join(tmpdir(), 'msvc-logs-'));
  const file = path.join(dir, 'logs.txt');
  try {
    writeFileSync(file, `${[...pane.lines()].join('\n')}\n`, { mode: 0o600 });
    // All common ones understand `+N`: begin at that line.
    const at = row === null ? '+G' : `+${row}`;
    const knows = /(?:^|\/)(?:less|more|most|vim?|nvim|nano|emacs|micro|hx)(?:\s|$)/.test(program);
    const args = [
      '-c',
      `${program} ${knows && (row !== null || /less/.test(program)) ? `${at} ` : ''}"$1"`,
      'sh',
      file,
    ];
    const code = await terminal.lend(() => runChild({ command: 'sh', args, cwd: dir, env: definedOf(context.env) }));
    if (code === 127) dispatch({ type: 'said', text: `${program} was not found`, tone: 'warn' });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function browse(url: string, { context, dispatch }: Surroundings): Promise<void> {
  const own = context.env.BROWSER;
  const program = own || (process.platform === 'darwin' ? 'open' : 'xdg-open');
  const code = await new Promise<number>((resolve) => {
    const child = spawn(program, [url], { stdio: 'ignore', env: definedOf(context.env) });
    child.once('error', () => resolve(127));
    child.once('exit', (exit) => resolve(exit ?? 1));
  });
  if (code === 0) dispatch({ type: 'said', text: `${program} has opened ${url}`, tone: 'good' });
  else dispatch({ type: 'said', text: `there is no browser to open here: ${url}`, tone: 'warn' });
}

async function attach(service: string, replica: number, { terminal, context, dispatch }: Surroundings): Promise<void> {
  // The engine tells what is said until a connection ends: it is one of its own.
  const { client } = await connect(context);
  try {
    const end = await terminal.lend(() =>
      attachTo(client, {
        service,
        replica,
        detachKeys: detachKeys(DETACH_KEYS),
        input: true,
        greet: (label) => context.out.line(`Attached to ${label}; ${detachWords(DETACH_KEYS)} leads back.`),
      }),
    );
    dispatch({ type: 'said', text: endWords(end), tone: 'quiet' });
  } finally {
    client.close();
  }
}

async function shell(service: string, replica: number, around: Surroundings): Promise<void> {
  const { client, terminal, context, dispatch } = around;
  const given = await client.request('environment', { service, replica });
  const program = context.env.SHELL || 'sh';
  const code = await terminal.lend(async () => {
    context.out.line(`A shell in the folder and environment of ${service}; \`exit\` leads back.`);
    return await runChild({ command: program, args: [], cwd: given.workingDir, env: { ...given.values } });
  });
  dispatch({
    type: 'said',
    text: `the shell of ${service} has ended${code === 0 ? '' : ` with ${code}`}`,
    tone: 'quiet',
  });
}
