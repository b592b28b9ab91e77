/** The msvc.yaml of a system that has no services yet. Pure. */

export function starterText(name: string): string {
  return `#
# The whole system: what runs, who calls whom, what the outside reaches.
#   msvc new service orders    adds a service that works; msvc new --list shows the kinds there are
#   msvc up                    starts everything; Ctrl-C stops it

name: ${quoted(name)}

# The front door: port 8080 if it is free, else the next one.
# gateway: { port: auto }

services:
  # web:
  #   command: npm start # listens on $PORT, which msvc chooses
  #   working_dir: services/web
  #   route: / # what of the gateway reaches it
  #   calls: [orders] # gets ORDERS_URL, an address of its own
  #   database: true # gets DATABASE_PATH, a SQLite file of its own
  #   healthcheck: { http: /healthz }
`;
}

/** A folder may be called `0` or `null`: YAML takes such a word for something else. */
function quoted(name: string): string {
  return /^[a-z]/.test(name) && !/^(true|false|null)$/.test(name) ? name : JSON.stringify(name);
}

/** @returns the text with the entry, or undefined when it is there */
export function withIgnored(text: string, entry: string): string | undefined {
  const bare = entry.replace(/\/$/, '');
  if (text.split(/\r?\n/).some((line) => [bare, `${bare}/`, `/${bare}`, `/${bare}/`].includes(line.trim())))
    return undefined;
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${entry}\n`;
}
