// Reads two columns of a CSV file (RFC 4180, UTF-8) as a stream. What is wrong is named by its line.

import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse, type Info } from 'csv-parse';
import { DataError, messageOf } from '../../src/schema/index.ts';

/** A row: the values of the columns asked for, and the line its record begins on (from 1). */
export interface CsvRow {
  readonly line: number;
  readonly values: readonly string[];
}

/** Longest record. An unclosed quote would swallow the rest of the file. */
const longestRecord = 16 * 1024 * 1024;

const newline = 0x0a;

const countLines = (bytes: Uint8Array): number => {
  let lines = 0;
  for (const byte of bytes) if (byte === newline) lines++;
  return lines;
};

const fault = (path: string, what: string, rule: string, actual?: string): DataError =>
  new DataError({ where: path, what, rule, ...(actual === undefined ? {} : { actual }) });

const decodeLines = (bytes: Uint8Array, line: number, path: string): string => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch {
    let from = 0;
    for (let at = line; ; at++) {
      const end = bytes.indexOf(newline, from) + 1 || bytes.length;
      try {
        decoder.decode(bytes.subarray(from, end));
      } catch {
        throw fault(path, `line ${at}`, 'must be UTF-8', 'bytes that are not');
      }
      from = end;
    }
  }
};

/** The text of a file, in pieces that end at ends of lines, so that a byte that is no UTF-8 is found on its line. */
const decoded = async function* (path: string): AsyncGenerator<string> {
  let rest = new Uint8Array();
  let line = 1;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    const end = bytes.lastIndexOf(newline) + 1;
    rest = bytes.subarray(end);
    if (rest.length > longestRecord) {
      throw fault(path, `line ${line}`, `must be at most ${longestRecord} bytes`);
    }
    const whole = bytes.subarray(0, end);
    yield decodeLines(whole, line, path);
    line += countLines(whole);
  }
  if (rest.length > 0) yield decodeLines(rest, line, path);
};

/** What csv-parse complains of, in our words. */
const reasonOf = ({ code, message }: CsvError): string => {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
    case 'CSV_MAX_RECORD_SIZE':
      return 'a quote that is never closed';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'characters after a closing quote';
    case 'INVALID_OPENING_QUOTE':
      return 'a quote inside a field without quotes';
    default:
      return message;
  }
};

const wrapError = (path: string, error: unknown, line: number): DataError => {
  if (error instanceof DataError) return error;
  if (error instanceof CsvError) {
    return fault(path, `the row at line ${line}`, 'must be CSV as in RFC 4180', reasonOf(error));
  }
  const { code } = error as NodeJS.ErrnoException;
  const reason =
    code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : messageOf(error);
  return new DataError({
    where: path,
    what: 'the file',
    rule: 'must be one that can be read',
    actual: reason,
    cause: error,
  });
};

const findColumns = (
  path: string,
  header: readonly string[],
  columns: readonly string[],
): number[] =>
  columns.map((column) => {
    const at = header.indexOf(column);
    if (at >= 0 && header.lastIndexOf(column) === at) return at;
    throw new DataError({
      where: path,
      what: `column ${JSON.stringify(column)}`,
      rule: at < 0 ? 'must be one of the file' : 'must stand once in the header',
      hint: `the columns are ${header.map((name) => JSON.stringify(name)).join(', ')}`,
    });
  });

/** The rows of a CSV file with a header line: commas, quoted fields that may hold commas, doubled quotes and line breaks, `\n` or
 * `\r\n`, a byte-order mark or none. Empty lines are no rows. Read as a stream: a file may be larger than the memory.
 * @param columns - Names of the columns to give, in this order.
 * @throws {DataError} The file is missing or has no header; a column is unknown (the file's are listed); a row has more or fewer
 *   fields than the header or broken quotes, or a line is no UTF-8 (the line is named). */
export const readCsv = async function* (
  path: string,
  columns: readonly string[],
): AsyncGenerator<CsvRow> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRecord,
  });
  // Its failure comes out of the parser as well: destroyed with the same error.
  const source = pipeline(Readable.from(decoded(path)), parser).catch(() => undefined);
  let header: readonly string[] | undefined;
  let wanted: readonly number[] = [];
  let line = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: Info;
    }>) {
      if (header === undefined) {
        header = record;
        wanted = findColumns(path, header, columns);
      } else {
        if (record.length !== header.length) {
          const rule = `must have ${header.length} fields, as the header`;
          throw fault(path, `the row at line ${line}`, rule, String(record.length));
        }
        yield { line, values: wanted.map((at) => record[at]!) };
      }
      line = info.lines + 1;
    }
  } catch (error) {
    throw wrapError(path, error, line);
  } finally {
    parser.destroy();
    await source;
  }
  if (header === undefined) throw fault(path, 'the file', 'must have a header line', 'no lines');
};
