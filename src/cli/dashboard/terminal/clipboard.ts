/**
 * Text into the clipboard, all ways: OSC 52, which terminals understand also over SSH; tmux, which by itself keeps that
 * sequence of what runs in it from the terminal (`set-clipboard external`), but sends its own; the system's tool where
 * there is one, since some terminals ignore the sequence. Owns nothing.
 */
import { spawn } from 'node:child_process';

/** What terminals take at most: some cut longer sequences off, and half a text is worse than none. */
const OSC52_BYTES = 74_994;

export function osc52(text: string): string | null {
  const encoded = Buffer.from(text, 'utf8').toString('base64');
  return encoded.length > OSC52_BYTES ? null : `\x1b]52;c;${encoded}\x07`;
}

/** tmux itself, where this runs in it; before 3.2 it knew only its own buffer. */
export function multiplexerTools(env: Readonly<Record<string, string | undefined>>): readonly (readonly string[])[] {
  if (!env.TMUX) return [];
  return [
    ['tmux', 'load-buffer', '-w', '-'],
    ['tmux', 'load-buffer', '-'],
  ];
}

/** Tools of the system in the order in which they fit the surroundings. */
export function clipboardTools(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): readonly (readonly string[])[] {
  if (platform === 'darwin') return [['pbcopy']];
  const tools: string[][] = [];
  if (env.WAYLAND_DISPLAY) tools.push(['wl-copy']);
  if (env.DISPLAY) tools.push(['xclip', '-selection', 'clipboard'], ['xsel', '--clipboard', '--input']);
  if (env.WSL_DISTRO_NAME) tools.push(['clip.exe']);
  return tools;
}

/** @returns whether a tool took it */
export async function copyWithTool(
  text: string,
  tools: readonly (readonly string[])[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  for (const [program = '', ...args] of tools) {
    const taken = await new Promise<boolean>((resolve) => {
      const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'], env: { ...env } });
      child.once('error', () => resolve(false));
      child.once('exit', (code) => resolve(code === 0));
      child.stdin.on('error', () => {});
      child.stdin.end(text);
    });
    if (taken) return true;
  }
  return false;
}
