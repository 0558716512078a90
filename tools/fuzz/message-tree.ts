// A model's bytes as a tree of protobuf fields that can be changed at will and written back, valid or not.

/** Which length-delimited fields of a message are messages, and of what kind; all others are strings, bytes or packed numbers. */
const children: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  model: { 7: 'graph', 8: 'entry', 14: 'entry', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 11: 'value', 12: 'value', 13: 'value', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 14: 'type', 22: 'sparse' },
  value: { 2: 'type' },
  type: { 1: 'tensorType', 4: 'elementType', 5: 'mapType', 9: 'elementType' },
  tensorType: { 2: 'shape' },
  elementType: { 1: 'type' },
  mapType: { 2: 'type' },
  shape: { 1: 'entry' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  function: { 7: 'node', 9: 'entry', 11: 'attribute', 12: 'value' },
  tensor: { 13: 'entry' },
  entry: {},
};

/** A field: a number (varint), bytes that stand for themselves, a message, or 4 or 8 fixed bytes. */
export type TreeField = { number: number } & (
  | { kind: 'varint'; value: bigint }
  | { kind: 'bytes'; value: Uint8Array }
  | { kind: 'message'; value: Tree }
  | { kind: 'fixed'; value: Uint8Array }
);

/** A message. */
export interface Tree {
  readonly type: string;
  fields: TreeField[];
}

const readVarint = (bytes: Uint8Array, at: number): readonly [bigint, number] => {
  let value = 0n;
  let shift = 0n;
  for (let position = at; position < bytes.length; position++) {
    const byte = bytes[position]!;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return [value, position + 1];
    shift += 7n;
  }
  throw new RangeError('varint beyond the end');
};

/** Reads a valid message. */
export const readTree = (bytes: Uint8Array, type = 'model'): Tree => {
  const fields: TreeField[] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag, start] = readVarint(bytes, at);
    const number = Number(tag >> 3n);
    const wire = Number(tag & 7n);
    if (wire === 0) {
      const [value, end] = readVarint(bytes, start);
      fields.push({ number, kind: 'varint', value });
      at = end;
      continue;
    }
    const [length, from] = wire === 2 ? readVarint(bytes, start) : [wire === 1 ? 8n : 4n, start];
    at = from + Number(length);
    const value = bytes.subarray(from, at);
    const child = children[type]?.[number];
    if (wire !== 2) fields.push({ number, kind: 'fixed', value });
    else if (child === undefined) fields.push({ number, kind: 'bytes', value });
    else fields.push({ number, kind: 'message', value: readTree(value, child) });
  }
  return { type, fields };
};

const varint = (value: bigint): number[] => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
};

/** Writes a tree back. */
export const writeTree = ({ fields }: Tree): Uint8Array => {
  const chunks: Uint8Array[] = [];
  const head = (number: number, wire: number, after: readonly number[] = []): void => {
    chunks.push(Uint8Array.from([...varint(BigInt(number * 8 + wire)), ...after]));
  };
  for (const field of fields) {
    if (field.kind === 'varint') head(field.number, 0, varint(field.value));
    else if (field.kind === 'fixed') {
      head(field.number, field.value.length === 8 ? 1 : 5);
      chunks.push(field.value);
    } else {
      const payload = field.kind === 'bytes' ? field.value : writeTree(field.value);
      head(field.number, 2, varint(BigInt(payload.length)));
      chunks.push(payload);
    }
  }
  return Buffer.concat(chunks);
};

/** Every message of a tree, itself first. */
export const messagesOf = (tree: Tree): readonly Tree[] => [
  tree,
  ...tree.fields.flatMap((field) => (field.kind === 'message' ? messagesOf(field.value) : [])),
];
