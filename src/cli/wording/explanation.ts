/** Where a value of the definition comes from, in lines: the one that holds first, then what it overrode. Pure. */
import type { ExplainedSource, Explanation } from '../../config/index.ts';
import { placeText } from '../excerpt.ts';

const ROLES: Readonly<Record<'file' | 'override' | 'include' | 'env', string>> = {
  file: '',
  override: ' (override file)',
  include: ' (included)',
  env: ' (env file)',
};

type Variable = Extract<ExplainedSource, { kind: 'file' }>['variables'][number];

/** @param cwd paths are shown relative to it */
export function explanationLines({ path, value, secret, sources }: Explanation, cwd: string): string[] {
  const shown = value === undefined ? '(filled when the service starts)' : text(value);
  return [
    `${path} = ${shown}${secret ? ' (secret)' : ''}`,
    ...sources.flatMap((source, i) => {
      const [first = '', ...rest] = sourceLines(source, cwd);
      return [`  ${i === 0 ? 'from' : 'over'} ${first}`, ...rest.map((line) => `       ${line}`)];
    }),
  ];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function sourceLines(source: ExplainedSource, cwd: string): string[] {
  switch (source.kind) {
    case 'file': {
      const { written, value, place, role, variables } = source;
      const what = written === null ? '' : `: ${written}`;
      const becomes = written !== null && value !== null && variables.length > 0 ? [`which makes ${value}`] : [];
      return [
        `${placeText(place, cwd)}${ROLES[role]}${what}`,
        ...variables.map((use) => variableText(use, cwd)),
        ...becomes,
      ];
    }
    case 'env_file':
      return [`${placeText(source.place, cwd)} (env_file): ${source.value}`];
    case 'msvc':
      return [`msvc, which provides ${source.name} when the service starts`];
    case 'shell':
      return [`the shell: ${source.value}`];
    case 'option':
      return [`the command line: ${source.name}`];
    case 'variable':
      return [`the variable ${source.name}`];
    case 'folder':
      return [`the name of the folder ${source.path}`];
    case 'default':
      return ["msvc's default"];
  }
}

function variableText({ name, value, from, place }: Variable, cwd: string): string {
  const where = place === undefined ? '' : ` (${placeText(place, cwd)})`;
  switch (from) {
    case 'shell':
      return `${name} is ${value}, from the shell`;
    case 'env-file':
      return `${name} is ${value}, from --env-file${where}`;
    case 'dotenv':
      return `${name} is ${value}, from .env${where}`;
    case 'default':
      return `${name} is not set: the default ${value}`;
    case 'unset':
      return `${name} is not set, and so empty`;
    case 'launch':
      return `${name} is filled by msvc when the service starts`;
  }
}
