/**
 * A real terminal (tmux on a server of its own) with a plain shell in it, for what only a terminal shows: colours,
 * Ctrl-C, a closed window, a clean screen afterwards. tmux tells nobody that a screen changed, so waiting asks again.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Where } from './cli.ts';
import { eventually } from './wait.ts';

const run = promisify(execFile);

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export class Terminal {
  readonly #socket: string;
  readonly #where: Where;

  private constructor(socket: string, where: Where) {
    this.#socket = socket;
    this.#where = where;
  }

  /** @param socket a path for the tmux server's own socket; its server ends with `close` */
  static async open(socket: string, where: Where, size: Size = { columns: 100, rows: 30 }): Promise<Terminal> {
    const terminal = new Terminal(socket, where);
    const [x, y] = [String(size.columns), String(size.rows)];
    // -f /dev/null: nobody's own settings; PS1 so that a test knows when the shell is back.
    await terminal.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      x,
      '-y',
      y,
      '-c',
      where.cwd,
      "PS1='$ ' exec sh -i",
    );
    await terminal.#tmux('set-option', '-g', 'status', 'off');
    await terminal.#tmux('set-option', '-g', 'set-clipboard', 'on');
    await terminal.until('the prompt', (screen) => screen.trimEnd().endsWith('$'));
    return terminal;
  }

  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
  }

  /** Types text and presses Enter. */
  async enter(text: string): Promise<void> {
    await this.type(text);
    await this.#tmux('send-keys', 'Enter');
  }

  /** Keys by tmux's names: `C-c`, `Escape`, `Up`, `q`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', ...keys);
  }

  async resize(size: Size): Promise<void> {
    await this.#tmux('resize-window', '-x', String(size.columns), '-y', String(size.rows));
  }

  /**
   * @param colours keep the escape sequences
   * @param history lines of scrollback before the screen
   */
  async screen(options: { readonly colours?: boolean; readonly history?: number } = {}): Promise<string> {
    const flags = [...(options.colours ? ['-e'] : []), ...(options.history ? ['-S', `-${options.history}`] : [])];
    return (await this.#tmux('capture-pane', '-p', ...flags)).stdout;
  }

  async until(what: string, fits: (screen: string) => boolean): Promise<string> {
    let last = '';
    try {
      return await eventually(what, async () => {
        last = await this.screen();
        return fits(last) && last;
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; the screen shows\n${last}`, { cause: error });
    }
  }

  /** @returns the screen that fits */
  shows(pattern: RegExp): Promise<string> {
    return this.until(String(pattern), (screen) => pattern.test(screen));
  }

  /** What a full-screen program may have left switched on; all of it off (and the cursor shown) is `clean`. */
  async modes(): Promise<string> {
    const format = [
      '#{?alternate_on,alternate ,}',
      '#{?cursor_flag,,no-cursor }',
      '#{?mouse_any_flag,mouse ,}',
      '#{?wrap_flag,,no-wrap }',
    ].join('');
    const { stdout } = await this.#tmux('display-message', '-p', format);
    return stdout.trim() || 'clean';
  }

  /** From now on every byte that programs send to it goes into that file too. */
  async record(file: string): Promise<void> {
    await this.#tmux('pipe-pane', '-O', `exec cat >> '${file}'`);
  }

  /** One notch of the wheel, or a press of the left button, at a 1-based cell. */
  async mouse(what: 'wheel-up' | 'wheel-down' | 'click', column: number, row: number): Promise<void> {
    const button = { click: 0, 'wheel-up': 64, 'wheel-down': 65 }[what];
    await this.type(`\x1b[<${button};${column};${row}M`);
  }

  /** What the program in it put into the clipboard by OSC 52. */
  async clipboard(): Promise<string> {
    return (await this.#tmux('show-buffer').catch(() => ({ stdout: '' }))).stdout;
  }

  /** As tmux is without settings: OSC 52 of a program is not listened to. */
  async refuseClipboard(): Promise<void> {
    await this.#tmux('set-option', '-g', 'set-clipboard', 'external');
  }

  /** Process in the foreground, as the terminal's driver has it. */
  async foreground(): Promise<string> {
    return (await this.#tmux('display-message', '-p', '#{pane_current_command}')).stdout.trim();
  }

  /** The shell waits for a command: the last line that is not blank is a bare prompt. */
  untilPrompt(): Promise<string> {
    return this.until('the prompt', (screen) => screen.trimEnd().split('\n').at(-1)?.trim() === '$');
  }

  /** As when the window is closed: everything in it gets SIGHUP. */
  async close(): Promise<void> {
    await this.#tmux('kill-server').catch(() => {});
  }

  #tmux(...args: readonly string[]): Promise<{ stdout: string }> {
    return run('tmux', ['-S', this.#socket, ...args], {
      cwd: this.#where.cwd,
      env: { ...this.#where.env, TERM: 'xterm-256color' },
      maxBuffer: 1 << 24,
    });
  }
}
