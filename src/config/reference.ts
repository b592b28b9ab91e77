/**
 * The reference page of msvc.yaml, made from the schema that validates it: every key with what it may be, what holds
 * when it is left out, and an example.
 */
import { stringify } from 'yaml';
import { DEFAULTS } from './defaults.ts';
import { type RawSchema, rawSchema } from './schema/raw.ts';
import { UNSUPPORTED } from './schema/unsupported.ts';
import { printDuration } from './units.ts';

interface Section {
  /** Path of keys; `<name>` and `[]` for what a person names or lists. */
  readonly path: string;
  readonly schema: RawSchema;
}

export function referencePage(): string {
  const root = rawSchema();
  const sections = [...sectionsOf(root, '')];
  return [
    '# msvc.yaml',
    INTRODUCTION,
    ...sections.map(printSection),
    '## Words of Compose that msvc refuses',
    'Each is refused by name, never ignored.',
    refusedTable(),
    RULES,
  ].join('\n\n');
}

const INTRODUCTION = `One file describes the system. The words are Compose's wherever Compose has one. An unknown key is an error; keys that
start with \`x-\` are yours and mean nothing to msvc. YAML anchors, aliases and merge keys (\`<<\`) work. An editor with the
YAML language server completes and checks the file when its first line is

\`\`\`yaml
# yaml-language-server: $schema=./node_modules/msvc/schema/msvc.schema.json
\`\`\``;

/** Breadth first, so that the page goes from the whole to the parts. */
function* sectionsOf(root: RawSchema, rootPath: string): Generator<Section> {
  const queue: Section[] = [{ path: rootPath, schema: root }];
  const seen = new Set<string>();
  for (const section of queue) {
    const { kind, properties = {} } = section.schema;
    if (kind === undefined || seen.has(kind)) continue;
    seen.add(kind);
    yield section;
    for (const [key, inner] of Object.entries(properties))
      queue.push(...mapsIn(inner, `${section.path}${section.path ? '.' : ''}${key}`));
  }
}

function mapsIn(schema: RawSchema, path: string): Section[] {
  const own = schema.kind === undefined ? [] : [{ path, schema }];
  const inner =
    typeof schema.additionalProperties === 'object' ? mapsIn(schema.additionalProperties, `${path}.<name>`) : [];
  const items = schema.items ? mapsIn(schema.items, `${path}[]`) : [];
  return [...own, ...inner, ...items, ...(schema.anyOf ?? []).flatMap((form) => mapsIn(form, path))];
}

function printSection({ path, schema }: Section): string {
  const title = path === '' ? '## The file' : `## \`${path}\``;
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([key, inner]) =>
    row([
      `\`${key}\``,
      sentence(inner.phrase ?? ''),
      required.has(key) ? 'required' : inner.default === undefined ? '' : `\`${defaultText(inner.default)}\``,
      inner.description ?? '',
    ]),
  );
  const table = [row(['key', 'value', 'default', 'meaning']), '|---|---|---|---|', ...rows].join('\n');
  const examples = Object.entries(schema.properties ?? {}).flatMap(([key, inner]) =>
    (inner.examples ?? [])
      .slice(0, 2)
      .map((example) => stringify({ [key]: example }, { flowCollectionPadding: true }).trimEnd()),
  );
  const block = examples.length === 0 ? [] : ['```yaml', ...examples, '```'];
  return [title, '', table, ...(block.length > 0 ? ['', ...block] : [])].join('\n');
}

function defaultText(value: unknown): string {
  return typeof value === 'object' ? stringify(value, { collectionStyle: 'flow' }).trimEnd() : String(value);
}

function refusedTable(): string {
  const rows = Object.entries(UNSUPPORTED).flatMap(([kind, keys]) => {
    const byAdvice = groupByAdvice(keys);
    return [...byAdvice].map(([advice, entries]) =>
      row([kind, entries.map(([key]) => `\`${key}\``).join(', '), advice]),
    );
  });
  return [row(['in', 'keys', 'instead']), '|---|---|---|', ...rows].join('\n');
}

const RULES = `## What follows from what

- **Paths** are relative to the folder of the file they are written in (of the first file for \`msvc.override.yaml\` and \`-f\`).
  \`database.migrations\`, \`database.seed\`, \`develop.watch[].path\` and \`pre_start[].working_dir\` are looked for in \`working_dir\` first.
- **Port.** Without \`port\`, a service has one if it has a route, is called, has a probe, or uses \`\${PORT}\` in its command,
  environment or probe; otherwise it is a worker: ready once it runs. A command or log probe gives no port to a job (\`restart: no\`).
  Replicas of a fixed port are an error: two processes cannot listen on one port.
- **Probe.** Without \`healthcheck\`, a service with a port is ready when the port accepts connections. \`start_period\` is
  ${printDuration(DEFAULTS.startPeriodMs)}: long enough for a program that compiles first, and only a hang pays for it.
- **Restart** is \`${DEFAULTS.restart}\`, not Compose's \`no\`: a person is watching.
- **What a service is given**: \`PORT\`, \`HOST\`, \`DATABASE_PATH\`, \`DATABASE_URL\`, \`<CALLEE>_URL\`, \`<CALLEE>_HOST\` and \`<CALLEE>_PORT\` of
  each declared call, \`<NAME>_FILE\` of each of its secrets, \`GATEWAY_URL\`, \`MSVC_PROJECT\`, \`MSVC_SERVICE\`, \`MSVC_REPLICA\`,
  \`MSVC_INSTANCE\`, \`MSVC_RUN\`; and hints: \`PYTHONUNBUFFERED\`, while colours are shown \`FORCE_COLOR\` and \`CLICOLOR_FORCE\`.
  \`environment\` is stronger than these, they are stronger than \`env_file\`, and that is stronger than what is inherited from the shell.
- **Profiles.** A service without profiles always runs; one with profiles runs when one of them is active, when it is named, or when a
  service that runs calls it or depends on it.

## Interpolation

\`$NAME\` and \`\${NAME}\` in values (not in keys) are filled when the file is read, from the shell, else \`--env-file\`, else \`.env\` beside the
file. A name that is not set becomes empty, with a warning.

| form | is |
|---|---|
| \`\${NAME:-words}\`, \`\${NAME-words}\` | the words if NAME is unset or empty; if it is unset |
| \`\${NAME:?words}\`, \`\${NAME?words}\` | an error with the words if NAME is unset or empty; if it is unset |
| \`\${NAME:+words}\`, \`\${NAME+words}\` | the words if NAME is set and not empty; if it is set |
| \`$$\` | a dollar sign |

Words may hold further interpolations. A number or flag may be interpolated: \`replicas: \${N:-2}\`.

The names that msvc gives to services are never filled from the shell or \`.env\`, but at launch: by msvc in lists and in \`environment\`, by
the shell that runs it in a text command. They work in \`command\`, \`environment\`, \`healthcheck.test\` and \`pre_start\`. Elsewhere the
files of secrets and the hints are variables as any other.

Env files hold \`NAME=value\` lines: \`#\` comments, \`export\`, 'single' quotes (as it is), "double" quotes (\`\\n\`, \`\\"\`, \`\\$\` and interpolation;
several lines), unquoted values (trimmed, interpolated). A name alone is taken from the shell.

## Several files

\`msvc.override.yaml\` beside the file, and each further \`-f\`, is merged on top: maps key by key, other values replaced, lists appended
(\`calls\`, \`profiles\`, \`secrets\` and \`env_file\` hold each name once); \`command\` and \`healthcheck.test\` are replaced whole;
\`environment\` and \`depends_on\` merge by key in either form. \`!override\` before a value replaces what is below, \`!reset\` takes it away.

\`include\` takes over services and secrets of other files. An included file has its own folder for relative paths and its own \`.env\`, weaker
than the including project's. The same service in both is an error; \`msvc.override.yaml\` may change an included one.`;

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function sentence(phrase: string): string {
  return phrase.replace(/^an? /, '');
}

function groupByAdvice(keys: Readonly<Record<string, string>>): Map<string, [string, string][]> {
  const groups = new Map<string, [string, string][]>();
  for (const entry of Object.entries(keys)) groups.set(entry[1], [...(groups.get(entry[1]) ?? []), entry]);
  return groups;
}
