// The bytes of a UTF-8 file as text, and the line any of them lies on. csv-parse's own count takes \r\n in quotes for two lines.

import { createReadStream } from 'node:fs';
import { DataError } from '../../src/schema/index.ts';

/** Longest line or record in bytes. An unclosed quote would swallow the rest of the file. */
export const longestRecord: number = 16 * 1024 * 1024;

const newline = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = [0xef, 0xbb, 0xbf];

/** A text file, read piece by piece. */
export class TextLines {
  readonly #path: string;
  /** Offsets after the line ends not passed yet, from the file's first character; negative where the line is empty. */
  #ends: number[] = [];
  /** The first of `#ends` that is not passed. */
  #next = 0;
  #line = 1;

  constructor(path: string) {
    this.#path = path;
  }

  /** The text without a byte-order mark, in pieces that end at ends of lines: a byte that is no UTF-8 is found on its line.
   * @throws {DataError} A line that is no UTF-8, or endless. */
  async *pieces(): AsyncGenerator<string> {
    let rest = new Uint8Array();
    let line = 1;
    let offset = 0;
    let isFirst = true;
    const decode = (bytes: Uint8Array): string => {
      const skip = isFirst && byteOrderMark.every((byte, i) => bytes[i] === byte) ? 3 : 0;
      isFirst = false;
      const text = bytes.subarray(skip);
      const decoded = this.#decode(text, line);
      line += this.#index(text, offset);
      offset += text.length;
      return decoded;
    };
    for await (const chunk of createReadStream(this.#path) as AsyncIterable<Uint8Array>) {
      const bytes = new Uint8Array(rest.length + chunk.length);
      bytes.set(rest);
      bytes.set(chunk, rest.length);
      const end = bytes.lastIndexOf(newline) + 1;
      rest = bytes.subarray(end);
      if (rest.length > longestRecord) {
        throw this.#fault(`line ${line}`, `must be at most ${longestRecord} bytes`);
      }
      if (end > 0) yield decode(bytes.subarray(0, end));
    }
    if (rest.length > 0) yield decode(rest);
  }

  /** Line (from 1) of what begins at `offset`, empty lines passed over. Offsets must not fall from call to call. */
  lineFrom(offset: number): number {
    const ends = this.#ends;
    for (; this.#next < ends.length; this.#next++, this.#line++) {
      const end = ends[this.#next]!;
      if (Math.abs(end) > offset && end > 0) break;
    }
    if (this.#next > 65_536) {
      this.#ends = ends.slice(this.#next);
      this.#next = 0;
    }
    return this.#line;
  }

  /** Notes the ends of lines in `bytes`; gives their number. */
  #index(bytes: Uint8Array, offset: number): number {
    let count = 0;
    let from = 0;
    for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, from)) {
      const isEmpty = at === from || (at === from + 1 && bytes[from] === carriageReturn);
      from = at + 1;
      this.#ends.push(isEmpty ? -(offset + from) : offset + from);
      count++;
    }
    return count;
  }

  #decode(bytes: Uint8Array, firstLine: number): string {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    try {
      return decoder.decode(bytes);
    } catch {
      let from = 0;
      for (let line = firstLine; ; line++) {
        const end = bytes.indexOf(newline, from) + 1 || bytes.length;
        try {
          decoder.decode(bytes.subarray(from, end));
        } catch {
          throw this.#fault(`line ${line}`, 'must be UTF-8', 'bytes that are not');
        }
        from = end;
      }
    }
  }

  #fault(what: string, rule: string, actual?: string): DataError {
    return new DataError({
      where: this.#path,
      what,
      rule,
      ...(actual === undefined ? {} : { actual }),
    });
  }
}
