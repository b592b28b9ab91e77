/**
 * The text of a template's file -> the text of a service's file. Two means, both of which leave the file valid in its
 * own language: words such as `__SERVICE__`, and comment lines `msvc:if database` ... `msvc:end`, which go with the
 * lines they leave out. Pure; collects every mistake rather than stopping at the first.
 */
import { environmentPrefix } from '../../model/names.ts';
import { suggest } from '../../model/suggest.ts';

export interface TemplateValues {
  readonly service: string;
  /** Of the service, relative to the folder of msvc.yaml, with `/`. */
  readonly folder: string;
  /** Path prefix at the gateway; undefined = not reachable from outside. */
  readonly route: string | undefined;
  /** Names of the services it calls. */
  readonly calls: readonly string[];
  readonly database: boolean;
}

export interface RenderProblem {
  /** 1-based. */
  readonly line: number;
  readonly message: string;
  readonly hint?: string;
}

export const CONDITIONS = ['calls', 'database', 'route'] as const;
type Condition = (typeof CONDITIONS)[number];

/** Placeholder -> what stands in its place. `__CALLEE__` and `__CALLEE_ENV__` only inside `msvc:each calls`. */
const PLACEHOLDERS = ['SERVICE', 'SERVICE_ENV', 'TITLE', 'FOLDER', 'PATH', 'URL', 'CALLEE', 'CALLEE_ENV'] as const;

// A comment as C, shell, SQL, INI or HTML have it.
const DIRECTIVE =
  /^[^\S\n]*(?:\/\/|\/\*|#|--|;|<!--)[^\S\n]*msvc:(\w+)(?:[^\S\n]+(\S+?))?[^\S\n]*(?:\*\/|-->)?[^\S\n]*$/;
const WORD = /__([A-Z][A-Z_]*?[A-Z])__/g;

interface Block {
  readonly kind: 'if' | 'unless' | 'each';
  readonly line: number;
  readonly lines: Line[];
  readonly condition: string;
}

interface Line {
  readonly number: number;
  readonly text: string;
}

export function render(text: string, values: TemplateValues): { text: string; problems: RenderProblem[] } {
  const problems: RenderProblem[] = [];
  const bottom: Line[] = [];
  const open: Block[] = [];
  const add = (line: Line): unknown => (open.at(-1)?.lines ?? bottom).push(line);
  for (const [i, line] of text.split('\n').entries()) {
    const number = i + 1;
    const [, word, operand = ''] = DIRECTIVE.exec(line.replace(/\r$/, '')) ?? [];
    if (word === undefined) add({ number, text: line });
    else if (word === 'end') {
      const block = open.pop();
      if (!block) problems.push({ line: number, message: '`msvc:end` without an `msvc:if` above' });
      else for (const kept of contentOf(block, values)) add(kept);
    } else if (word === 'if' || word === 'unless' || word === 'each') {
      const problem = operandProblem(word, operand);
      if (problem) problems.push({ line: number, ...problem });
      open.push({ kind: word, line: number, lines: [], condition: operand });
    } else {
      const near = suggest(word, ['if', 'unless', 'each', 'end']);
      problems.push({
        line: number,
        message: `\`msvc:${word}\` means nothing`,
        hint: near === undefined ? 'there are `if`, `unless`, `each` and `end`' : `did you mean \`msvc:${near}\`?`,
      });
    }
  }
  for (const { kind, line } of open) problems.push({ line, message: `\`msvc:${kind}\` has no \`msvc:end\`` });
  const lines = bottom.map((line) => substitute(line, wordsOf(values), problems));
  return { text: lines.join('\n'), problems };
}

/** In the names of files and folders too. */
export function renderName(name: string, values: TemplateValues): string {
  return substitute({ number: 0, text: name }, wordsOf(values), []);
}

/** `my-orders` -> `My orders`: for headings. */
function titleOf(service: string): string {
  const words = service.replace(/[._-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * Where its resource is: its route, or a path of its own where only other services reach it. Empty at the root, so that
 * `__PATH__/more` is right everywhere; `__URL__` is `/` there.
 */
function resourcePath({ route, service }: Pick<TemplateValues, 'route' | 'service'>): string {
  return route === undefined ? `/${service}` : route.replace(/\/$/, '');
}

function wordsOf(values: TemplateValues): Readonly<Record<string, string>> {
  return {
    SERVICE: values.service,
    SERVICE_ENV: environmentPrefix(values.service),
    TITLE: titleOf(values.service),
    FOLDER: values.folder,
    PATH: resourcePath(values),
    URL: resourcePath(values) || '/',
  };
}

function contentOf(block: Block, values: TemplateValues): Line[] {
  if (block.kind === 'each') {
    return values.calls.flatMap((callee) => {
      const words = { CALLEE: callee, CALLEE_ENV: environmentPrefix(callee) };
      return block.lines.map((line) => ({ ...line, text: substitute(line, words, []) }));
    });
  }
  return holds(block.condition as Condition, values) === (block.kind === 'if') ? block.lines : [];
}

function holds(condition: Condition, values: TemplateValues): boolean {
  if (condition === 'calls') return values.calls.length > 0;
  return condition === 'database' ? values.database : values.route !== undefined;
}

function operandProblem(word: string, operand: string): Omit<RenderProblem, 'line'> | undefined {
  const known: readonly string[] = word === 'each' ? ['calls'] : CONDITIONS;
  if (known.includes(operand)) return undefined;
  const near = suggest(operand, known);
  return {
    message: operand === '' ? `\`msvc:${word}\` needs a word` : `\`msvc:${word} ${operand}\` means nothing`,
    hint: near === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${near}\`?`,
  };
}

/** Words that are nearly a placeholder are mistakes; others (`__FILE__` of C) are the file's own. */
function substitute(line: Line, words: Readonly<Record<string, string>>, problems: RenderProblem[]): string {
  return line.text.replace(WORD, (whole, word: string) => {
    const value = words[word];
    if (value !== undefined) return value;
    if (word === 'CALLEE' || word === 'CALLEE_ENV') {
      problems.push({ line: line.number, message: `\`${whole}\` outside of \`msvc:each calls\`` });
    } else if (suggest(word, PLACEHOLDERS) !== undefined) {
      const hint = `did you mean \`__${suggest(word, PLACEHOLDERS)}__\`?`;
      problems.push({ line: line.number, message: `\`${whole}\` is not a placeholder`, hint });
    }
    return whole;
  });
}
