/**
 * Which names a port answers for: a web page that bends its own name to this machine (DNS rebinding) gets 421. The public
 * port answers for this machine's own names and for declared ones only. An edge answers for its callee's name and for
 * any address too, which no DNS can bend, and takes other names from programs: one may have been told to send the Host
 * of a tenant, or an authority of gRPC. From what may be a browser it does not.
 */
import { VM_HOST } from '../../model/names.ts';
import { hostOf, isLoopbackHost } from '../http/authority.ts';
import { fieldValue } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { Passage, Stage } from './stage.ts';

export const host: Stage = {
  name: 'host',
  check(passage) {
    const { head } = passage;
    if (head.host === '') return null;
    const name = hostOf(head.host);
    if (isOwn(name, passage) || (passage.listener.isEdge && isFitForEdge(name, passage))) return null;
    return { problem: { code: 'unknown-host', detail: name } };
  },
};

function isOwn(name: string, { listener, matcher }: Passage): boolean {
  return (
    name === listener.host ||
    isLoopbackHost(name) ||
    name === VM_HOST ||
    listener.spec.names?.includes(name) ||
    matcher.knowsHost(name)
  );
}

function isFitForEdge(name: string, { head, listener }: Passage): boolean {
  return name === listener.spec.callee || isAddress(name) || !mayBeFromBrowser(head);
}

function isAddress(name: string): boolean {
  return name.startsWith('[') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name);
}

/**
 * Browsers send no Sec-Fetch-* to an `http://` name, which they do not trust (https://www.w3.org/TR/fetch-metadata/),
 * but always Accept-Language and User-Agent; a page may give both other values, not take them away. Nor can it send one
 * field of Sec-Fetch-* without the others, which tells Node's `fetch`: it has Sec-Fetch-Mode and Accept-Language alone.
 */
function mayBeFromBrowser(head: RequestHead): boolean {
  if (head.fetchSite !== '') return true;
  const fields = head.text.slice(head.fieldsStart);
  if (fieldValue(fields, 'sec-fetch-mode') !== undefined) return false;
  return (
    fieldValue(fields, 'accept-language') !== undefined || /^Mozilla\//i.test(fieldValue(fields, 'user-agent') ?? '')
  );
}
