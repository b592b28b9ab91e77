/** Collects lines until they hold whole statements. Knows lines and statements, nothing of databases. */
import { type Statement, split } from '../sql/statements.ts';

export class StatementBuffer {
  #text = '';
  /** Of the text's first line in the whole input, from 1. */
  #firstLine = 1;
  #lines = 0;

  /** Nothing but white space and comments is waiting. */
  get empty(): boolean {
    const { statements, open } = split(this.#text);
    return statements.length === 0 && !open;
  }

  /** @returns the statements that this line completes, with their lines in the whole input */
  add(line: string): Statement[] {
    this.#lines++;
    this.#text += `${line}\n`;
    // Only a semicolon can complete something, so a long statement is not scanned again for each of its lines.
    if (!line.includes(';')) return [];
    const { statements, open } = split(this.#text);
    const last = statements.at(-1);
    const complete = statements.filter(({ terminated }) => terminated);
    const rest = last && !last.terminated ? last.start : open ? endOf(complete.at(-1)) : this.#text.length;
    const found = complete.map((statement) => ({ ...statement, line: statement.line + this.#firstLine - 1 }));
    this.#firstLine += this.#text.slice(0, rest).split('\n').length - 1;
    this.#text = this.#text.slice(rest);
    return found;
  }

  /** Forgets what is waiting. */
  clear(): void {
    this.#text = '';
    this.#firstLine = this.#lines + 1;
  }

  /** What is waiting, as one statement without its semicolon; undefined when there is none, or a quote is open. */
  take(): Statement | undefined {
    const { statements, open } = split(this.#text);
    const [statement] = statements;
    const line = (statement?.line ?? 1) + this.#firstLine - 1;
    this.clear();
    return statement && !open ? { ...statement, line } : undefined;
  }
}

function endOf(statement: Statement | undefined): number {
  return statement ? statement.start + statement.text.length : 0;
}
