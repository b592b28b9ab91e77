/**
 * A Compose file: its words are msvc's, so the draft is the file itself. Only what msvc says in other words is rewritten,
 * line by line; what it has no words for is found out by having msvc read the draft (`settle.ts`).
 */
import { isMap, isScalar, isSeq, type Pair, parseDocument, visit, type YAMLMap } from 'yaml';
import { environmentPrefix } from '../../model/names.ts';
import { Draft, pairOf, type Span, spanOf } from './draft.ts';

/** @param takes whether this version of msvc has a service key of that name */
export function importCompose(source: string, takes: (key: string) => boolean): Draft {
  const draft = isBlock(source) ? Draft.of(source) : Draft.rewritten(source, asBlock(source), 'in block style');
  const contents = (): unknown => parseDocument(draft.text, { uniqueKeys: false, logLevel: 'error' }).contents;
  const version = spanOf(draft.text, pairOf(contents(), 'version'));
  if (version) draft.translate(version, [], '`version` means nothing any more');
  localVolumes(draft, contents);
  const names = services(contents()).map(({ name }) => name);
  for (const name of names) {
    const each = (change: (service: YAMLMap, indent: string) => unknown): void => {
      const map = services(contents()).find((service) => service.name === name)?.map;
      const first = map?.items[0];
      const span = map && !map.flow ? spanOf(draft.text, first) : undefined;
      if (map && span) change(map, /^\s*/.exec(draft.lineAt(span.from))?.[0] ?? '');
    };
    each((service, indent) => rename(draft, service, indent, 'scale', 'replicas', takes));
    each((service, indent) => links(draft, service, indent, takes));
    // Containers publish ports, and know each other by name; processes do neither.
    each((service, indent) => isContainer(service) || ports(draft, service, indent));
    each((service, indent) => isContainer(service) || addresses(draft, service, indent, name, names));
  }
  return draft;
}

/** `driver: local` is what a volume is anyhow. One that says more keeps its lines, and msvc says what it makes of them. */
function localVolumes(draft: Draft, contents: () => unknown): void {
  const all = pairOf(contents(), 'volumes')?.value;
  if (!isMap(all) || all.flow === true) return;
  for (const { key } of all.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const volume = pairOf(pairOf(contents(), 'volumes')?.value, name);
    if (!isMap(volume?.value) || volume.value.items.length !== 1 || volume.value.get('driver') !== 'local') continue;
    const span = spanOf(draft.text, volume);
    if (span) draft.translate(span, [draft.lineAt(span.from).replace(/:.*$/, ':')], 'the driver is the usual one');
  }
}

function isContainer(service: YAMLMap): boolean {
  return ['image', 'build'].some((key) => pairOf(service, key) !== undefined);
}

/** Lines can only be worked on where each entry has its own. */
function isBlock(source: string): boolean {
  const { contents } = parseDocument(source, { uniqueKeys: false, logLevel: 'error' });
  const all = pairOf(contents, 'services')?.value;
  return ![contents, all, ...services(contents).map(({ map }) => map)].some((map) => isMap(map) && map.flow === true);
}

function asBlock(source: string): string {
  const document = parseDocument(source, { uniqueKeys: false, logLevel: 'error' });
  visit(document, {
    Collection(_key, node) {
      node.flow = false;
    },
    Pair(_key, pair) {
      if (isScalar(pair.key)) delete pair.key.type;
    },
  });
  return document.toString({ lineWidth: 0 });
}

function services(contents: unknown): { name: string; map: YAMLMap | undefined }[] {
  const all = pairOf(contents, 'services')?.value;
  if (!isMap(all)) return [];
  return all.items.map(({ key, value }) => ({
    name: isScalar(key) ? String(key.value) : '',
    map: isMap(value) ? (value as YAMLMap) : undefined,
  }));
}

function rename(
  draft: Draft,
  service: YAMLMap,
  indent: string,
  from: string,
  to: string,
  takes: (key: string) => boolean,
): void {
  const pair = pairOf(service, from);
  const span = spanOf(draft.text, pair);
  if (!pair || !span || takes(from) || pairOf(service, to) || !isScalar(pair.value)) return;
  draft.translate(span, [`${indent}${to}: ${String(pair.value.source ?? pair.value.value)}`], `\`${to}\` in msvc`);
}

function links(draft: Draft, service: YAMLMap, indent: string, takes: (key: string) => boolean): void {
  const pair = pairOf(service, 'links');
  const span = spanOf(draft.text, pair);
  if (!pair || !span || takes('links') || pairOf(service, 'calls')) return;
  const names = textsOf(pair).map((link) => link.split(':')[0] as string);
  if (names.length === 0) return;
  draft.translate(
    span,
    [`${indent}calls: [${[...new Set(names)].join(', ')}]`],
    '`calls` gives the address of each as a variable',
  );
}

/** The port that the program listens on; where it is published, the gateway takes over. */
function ports(draft: Draft, service: YAMLMap, indent: string): void {
  const pair = pairOf(service, 'ports');
  const span = spanOf(draft.text, pair);
  if (!pair || !span || !pairOf(service, 'command') || pairOf(service, 'port')) return;
  const inside = targetsOf(pair);
  if (inside.length !== 1 || inside[0] === undefined) return;
  const note = 'the port that it listens on; give it a `route` to reach it through the gateway';
  draft.translate(
    span,
    [`${indent}port: ${inside[0]} # it was published: a \`route\` makes it reachable through the gateway`],
    note,
  );
}

function targetsOf(pair: Pair): (number | undefined)[] {
  if (!isSeq(pair.value)) return [];
  return pair.value.items.map((item) => {
    if (isMap(item)) return Number(item.get('target')) || undefined;
    const text = isScalar(item) ? String(item.source ?? item.value) : '';
    const [, port] = /(?:^|:)(\d+)(?:\/tcp)?$/.exec(text) ?? [];
    return port === undefined ? undefined : Number(port);
  });
}

/** `http://api:4000` in a variable: a service is no host name here, its edge has an address of its own. */
function addresses(draft: Draft, service: YAMLMap, indent: string, self: string, names: readonly string[]): void {
  const written = spanOf(draft.text, pairOf(service, 'environment'));
  if (!written) return;
  const span = { ...written };
  const found = new Set<string>();
  for (let at = span.from; at <= span.to; at++) {
    const line = draft.lineAt(at);
    if (/^\s*#/.test(line)) continue;
    const changed = line.replace(
      /\b((?:https?|wss?):\/\/)([a-z0-9][a-z0-9._-]*)(?::\d+)?(?=[/"'\s?#]|$)/g,
      (whole, scheme: string, host: string) => {
        if (host === self || !names.includes(host)) return whole;
        found.add(host);
        const prefix = environmentPrefix(host);
        return `${scheme.replace('s:', ':')}\${${prefix}_HOST}:\${${prefix}_PORT}`;
      },
    );
    const [, host] = /:\/\/(?:[^/@\s"']*@)?([a-z0-9][a-z0-9._-]*)(?=[:/"'\s]|$)/.exec(changed) ?? [];
    if (changed === line && host !== undefined && host !== self && names.includes(host)) {
      draft.flag(
        at,
        `\`${host}\` is no host name for a process: declare \`calls\`, or publish its port and say 127.0.0.1`,
      );
      at++;
      span.to++;
      continue;
    }
    if (changed === line) continue;
    draft.translate(
      { from: at, to: at } satisfies Span,
      [changed],
      'a service is reached by its edge, not by its name',
    );
  }
  const missing = [...found].filter((name) => !textsOf(pairOf(service, 'calls')).includes(name));
  if (missing.length === 0 || pairOf(service, 'calls')) return;
  draft.insert(span.to + 1, [`${indent}calls: [${missing.join(', ')}]`]);
}

function textsOf(pair: Pair | undefined): string[] {
  return isSeq(pair?.value) ? pair.value.items.flatMap((item) => (isScalar(item) ? String(item.value) : [])) : [];
}
