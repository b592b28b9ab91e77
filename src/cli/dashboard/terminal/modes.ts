/**
 * What a full-screen program switches on in a terminal and must switch off again, as the sequences of both ways.
 * Every one is harmless where it is not understood (xterm ctlseqs, DEC private modes).
 */

/** Wheel and clicks, positions as numbers. While on, the terminal's own selection wants Shift. */
export const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
export const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';

/** Alternate screen, no cursor, no wrapping at the right edge, pasted text marked as such. */
export const ENTER = `\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[H\x1b[2J`;
/** Colours and everything above as they were, in reverse. Also ends an update that was cut off. */
export const LEAVE = `\x1b[?2026l\x1b[0m${MOUSE_OFF}\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l`;

/** Synchronized output: the terminal shows what is between them at once (DEC mode 2026). */
export const BEGIN_UPDATE = '\x1b[?2026h';
export const END_UPDATE = '\x1b[?2026l';
