// Bytes that can be read in parts, and the fields of a protobuf message in them by their places: what is not asked for is not read.

import { ModelError } from '../core/errors.ts';

/** A model's bytes, in memory or in a file. */
export interface ByteSource {
  readonly size: number;
  /** A part of the bytes; not copied where they are in memory. */
  read(offset: number, length: number): Uint8Array;
}

/** A stretch of a source. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
}

/** One field of a message: its stretch, tag included, and what it holds. */
export interface Place extends Stretch {
  readonly number: number;
  /** The value of a varint field; else 0. */
  readonly varint: number;
  /** What a length-delimited field holds; undefined for other wire types. */
  readonly payload: Stretch | undefined;
}

/** Bytes in memory as a source. */
export const memorySource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

/** A tag and a length take at most this. */
const headBytes = 20;

const broken = (source: ByteSource, where: string, why: string): ModelError =>
  new ModelError({
    where,
    what: 'the file',
    rule: 'must be a whole ONNX model',
    actual: `${source.size} bytes that are none or end too early (${why})`,
    hint: 'check that the path is right and the download or copy is complete',
  });

/** The fields of the message in a stretch, in order.
 * @throws {ModelError} The bytes are no protobuf message, or end too early. */
export const wholeFields = (
  source: ByteSource,
  { offset: from, length }: Stretch,
  where: string,
): readonly Place[] => {
  const end = from + length;
  const places: Place[] = [];
  for (let start = from; start < end;) {
    const head = source.read(start, Math.min(headBytes, end - start));
    let at = 0;
    const varint = (): number => {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = head[at++];
        if (byte === undefined) throw broken(source, where, `a number at byte ${start}`);
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    };
    const tag = varint();
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (number === 0) throw broken(source, where, `field number 0 at byte ${start}`);
    let value = 0;
    let payload: Stretch | undefined;
    if (type === 0) value = varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      const size = varint();
      payload = { offset: start + at, length: size };
      at += size;
    } else throw broken(source, where, `wire type ${type} at byte ${start}`);
    if (start + at > end) throw broken(source, where, `a field of ${at} bytes at byte ${start}`);
    places.push({ number, varint: value, offset: start, length: at, payload });
    start += at;
  }
  return places;
};
