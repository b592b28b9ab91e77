/**
 * Structured field values (RFC 9651), read as strictly as the RFC says: a list of items with parameters, which is what
 * Proxy-Status, RateLimit and the like are. Inner lists and dictionaries are not needed here.
 */
export interface Item {
  readonly value: string | number | boolean;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

/** @throws Error where it is no list of items */
export function parseList(text: string): Item[] {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = at;
    const found = sticky.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const bare = (): Item['value'] => {
    const quoted = take(/"(?:[ !#-[\]-~]|\\["\\])*"/);
    if (quoted !== undefined) return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
    const number = take(/-?\d{1,12}\.\d{1,3}|-?\d{1,15}/);
    if (number !== undefined) return Number(number);
    const boolean = take(/\?[01]/);
    if (boolean !== undefined) return boolean === '?1';
    const token = take(/[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*/);
    if (token === undefined) throw new Error(`no item at ${at} of ${JSON.stringify(text)}`);
    return token;
  };
  const list: Item[] = [];
  take(/ */);
  for (;;) {
    const value = bare();
    const parameters: Record<string, Item['value']> = {};
    while (take(/; */) !== undefined) {
      const key = take(/[a-z*][a-z0-9_.*-]*/);
      if (key === undefined) throw new Error(`no parameter at ${at} of ${JSON.stringify(text)}`);
      parameters[key] = take(/=/) === undefined ? true : bare();
    }
    list.push({ value, parameters });
    take(/[ \t]*/);
    if (at === text.length) return list;
    if (take(/,[ \t]*/) === undefined) throw new Error(`no comma at ${at} of ${JSON.stringify(text)}`);
  }
}
