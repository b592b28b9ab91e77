/**
 * BuildKit tells its progress as protobuf (`moby.buildkit.v1.StatusResponse`): steps as they begin and fail, and what
 * they print. Reads these few fields and skips the rest. Pure.
 * https://github.com/moby/buildkit/blob/master/api/services/control/control.proto
 */
interface Field {
  readonly number: number;
  readonly value: Buffer;
}

/** Length-delimited fields of a message; numbers are passed over. Ends at what it cannot read. */
function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; at < message.length; shift *= 128) {
      const byte = message[at++]!;
      value += (byte & 127) * shift;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < message.length) {
    const tag = varint();
    const wire = tag % 8;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint();
      yield { number: Math.floor(tag / 8), value: message.subarray(at, at + length) };
      at += length;
    } else return;
  }
}

const STATUS = { vertexes: 1, logs: 3 } as const;
const VERTEX = { name: 3, started: 5, completed: 6, error: 7 } as const;
const LOG_MESSAGE = 4;

/** What a person would read: `=> RUN npm ci` when a step begins, its output, its error. */
export function buildkitText(status: Buffer): string {
  let text = '';
  for (const { number, value } of fieldsOf(status)) {
    if (number === STATUS.vertexes) text += vertexText(value);
    if (number === STATUS.logs) {
      for (const field of fieldsOf(value)) if (field.number === LOG_MESSAGE) text += field.value.toString('utf8');
    }
  }
  return text;
}

function vertexText(vertex: Buffer): string {
  const fields = [...fieldsOf(vertex)];
  const textOf = (number: number) => fields.find((field) => field.number === number)?.value.toString('utf8') ?? '';
  const has = (number: number) => fields.some((field) => field.number === number);
  const error = textOf(VERTEX.error);
  if (error !== '') return `${error}\n`;
  return has(VERTEX.started) && !has(VERTEX.completed) ? `=> ${textOf(VERTEX.name)}\n` : '';
}
