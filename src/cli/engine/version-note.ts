/** An engine of another version that still speaks this command's protocol: said once, since it may lack what is new. */
import type { Client } from '../../control/client.ts';
import { VERSION } from '../../model/version.ts';
import type { Context } from '../context.ts';

export function noteVersion({ err, json }: Context, client: Client): void {
  const { version } = client.hello;
  if (version === VERSION || json) return;
  err.line(
    `${err.style.paint('yellow', 'warning:')} the system runs under msvc ${version}, and this is msvc ${VERSION}; \`msvc down\` and \`msvc up\` bring it to this one`,
  );
}
