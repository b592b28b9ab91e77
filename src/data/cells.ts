/** Values as SQLite has them, and how they are shown: as JSON and as text. Pure. */

/** Integers beyond 2^53 are bigints; BLOBs are bytes. */
export type Cell = null | number | bigint | string | Uint8Array;

const BLOB_BYTES_SHOWN = 32;

/** Integers that JSON readers would round become strings; a BLOB becomes `{ "blob": "<hex>", "bytes": n }`, uncut. */
export function cellJson(cell: Cell): unknown {
  if (typeof cell === 'bigint') return isSafe(cell) ? Number(cell) : String(cell);
  if (cell instanceof Uint8Array) return { blob: hex(cell), bytes: cell.length };
  if (typeof cell === 'number' && !Number.isFinite(cell)) return cell > 0 ? '9e999' : '-9e999';
  return cell;
}

/** For a terminal: control characters made visible, long BLOBs cut. NULL is `NULL`. */
export function cellText(cell: Cell): string {
  if (cell === null) return 'NULL';
  if (cell instanceof Uint8Array) {
    const cut = cell.length > BLOB_BYTES_SHOWN;
    return `x'${hex(cell.subarray(0, BLOB_BYTES_SHOWN))}${cut ? `…' (${cell.length} bytes)` : "'"}`;
  }
  if (typeof cell === 'number' && Number.isInteger(cell)) return cell.toFixed(1);
  return visible(String(cell));
}

/** A service's data must not be able to drive the terminal of who looks at it. */
export function visible(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return text.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function isSafe(integer: bigint): boolean {
  return integer >= BigInt(Number.MIN_SAFE_INTEGER) && integer <= BigInt(Number.MAX_SAFE_INTEGER);
}
