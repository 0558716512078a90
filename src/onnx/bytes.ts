// A protobuf message as slices of its own bytes: its fields one after the other, and messages put together out of such slices.
// Nothing is re-encoded, so fields this package does not know survive.

import { ModelError, messageOf } from '../core/errors.ts';
import { Reader } from './proto.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Wire type of length-delimited fields: strings, bytes, messages. */
const delimited = 2;

/** One field of a message. */
export interface Field {
  readonly number: number;
  /** The value as a number, for varint fields that fit 32 bits; else 0. */
  readonly varint: number;
  /** The whole field, its tag included. */
  readonly whole: Uint8Array;
  /** What a length-delimited field holds; empty for other wire types. */
  readonly payload: Uint8Array;
}

const nothing = new Uint8Array();

/** The fields of a message, in order.
 * @param where - What is being read, for the message of an error.
 * @throws {ModelError} The bytes are no protobuf message, or end too early. */
export const fieldsOf = (bytes: Uint8Array, where: string): readonly Field[] => {
  const fields: Field[] = [];
  try {
    const reader = Reader.create(bytes);
    while (reader.pos < reader.len) {
      const start = reader.pos;
      const tag = reader.uint32();
      const number = tag >>> 3;
      if (number === 0) throw new RangeError(`field number 0 at byte ${start}`);
      let varint = 0;
      let payload: Uint8Array = nothing;
      if ((tag & 7) === delimited) {
        const length = reader.uint32();
        const at = reader.pos;
        if (length > 0) reader.skip(length);
        payload = bytes.subarray(at, at + length);
      } else if ((tag & 7) === 0) {
        varint = reader.int32();
      } else {
        reader.skipType(tag & 7);
      }
      fields.push({ number, varint, whole: bytes.subarray(start, reader.pos), payload });
    }
  } catch (cause) {
    throw new ModelError({
      where,
      what: 'the file',
      rule: 'must be a whole ONNX model',
      actual: `${bytes.length} bytes that are none or end too early (${messageOf(cause)})`,
      hint: 'check that the path is right and the download or copy is complete',
      cause,
    });
  }
  return fields;
};

/** Text of a string field's payload. */
export const textOf = (payload: Uint8Array): string => decoder.decode(payload);

const varintSize = (value: number): number => {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
};

/** A message under construction: whole fields, and payloads that get a tag of their own. */
export class MessageBytes {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  /** Appends whole fields as they are. */
  fields(wholes: Iterable<Uint8Array>): this {
    for (const whole of wholes) this.#push(whole);
    return this;
  }

  /** Appends a length-delimited field. */
  field(number: number, payload: Uint8Array | MessageBytes): this {
    const length = payload instanceof MessageBytes ? payload.#size : payload.length;
    const head = new Uint8Array(varintSize(number * 8 + delimited) + varintSize(length));
    let at = 0;
    for (const value of [number * 8 + delimited, length]) {
      let rest = value;
      for (; rest >= 128; rest = Math.floor(rest / 128)) head[at++] = (rest % 128) + 128;
      head[at++] = rest;
    }
    this.#push(head);
    if (payload instanceof MessageBytes) for (const chunk of payload.#chunks) this.#push(chunk);
    else this.#push(payload);
    return this;
  }

  /** Appends a string field. */
  text(number: number, text: string): this {
    return this.field(number, encoder.encode(text));
  }

  /** The message: one allocation, each slice copied once. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }
}
