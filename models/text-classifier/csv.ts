// Reads two columns of a CSV file (RFC 4180, UTF-8) as a stream. What is wrong is named by its line.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { DataError, messageOf } from '../../src/schema/index.ts';
import { longestRecord, TextLines } from './csv-lines.ts';

/** A row: the values of the columns asked for, and the line its record begins on (from 1). */
export interface CsvRow {
  readonly line: number;
  readonly values: readonly string[];
}

const fault = (path: string, what: string, rule: string, actual?: string): DataError =>
  new DataError({ where: path, what, rule, ...(actual === undefined ? {} : { actual }) });

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
  const lines = new TextLines(path);
  // The parser may be ahead of the rows that were taken out of it.
  let parsed = 0;
  const parser = parse({
    on_record: (record: string[], { bytes }) => {
      const line = lines.lineFrom(parsed);
      parsed = bytes;
      // A record is a list of strings to the parser's types: the line goes in front.
      return [String(line), ...record];
    },
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRecord,
  });
  // Its failure comes out of the parser as well: destroyed with the same error.
  const source = pipeline(Readable.from(lines.pieces()), parser).catch(() => undefined);
  let header: readonly string[] | undefined;
  let wanted: readonly number[] = [];
  try {
    for await (const [line, ...values] of parser as AsyncIterable<string[]>) {
      if (header === undefined) {
        header = values;
        wanted = findColumns(path, header, columns);
        continue;
      }
      if (values.length !== header.length) {
        const rule = `must have ${header.length} fields, as the header`;
        throw fault(path, `the row at line ${line}`, rule, String(values.length));
      }
      yield { line: Number(line), values: wanted.map((at) => values[at]!) };
    }
  } catch (error) {
    throw wrapError(path, error, lines.lineFrom(parsed));
  } finally {
    parser.destroy();
    await source;
  }
  if (header === undefined) throw fault(path, 'the file', 'must have a header line', 'no lines');
};
