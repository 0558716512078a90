// The CSV reader: RFC 4180 as a stream, and what is wrong named by its line.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readCsv, type CsvRow } from '../../../models/text-classifier/csv.ts';
import { DataError } from '../../../src/schema/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sharmix-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const fileOf = (content: string | Uint8Array): string => {
  const path = join(folder, `${files++}.csv`);
  writeFileSync(path, content);
  return path;
};

const rowsOf = async (path: string, columns: readonly string[]): Promise<CsvRow[]> => {
  const rows: CsvRow[] = [];
  for await (const row of readCsv(path, columns)) rows.push(row);
  return rows;
};
const read = (content: string | Uint8Array, columns = ['text', 'label']): Promise<CsvRow[]> =>
  rowsOf(fileOf(content), columns);

const latin1 = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

const quote = (field: string): string => `"${field.replaceAll('"', '""')}"`;

describe('readCsv', () => {
  it('gives the columns in the order asked for, with the line of each row', async () => {
    expect(await read('label,id,text\na,1,hello\nb,2,world\n')).toEqual([
      { line: 2, values: ['hello', 'a'] },
      { line: 3, values: ['world', 'b'] },
    ]);
  });

  it('takes commas, doubled quotes and line breaks inside quotes; the line is where the row begins', async () => {
    const content = 'text,label\r\n"a, ""b""\r\nc",x\r\nplain,y';
    expect(await read(content)).toEqual([
      { line: 2, values: ['a, "b"\r\nc', 'x'] },
      { line: 4, values: ['plain', 'y'] },
    ]);
  });

  it('counts empty lines and line breaks in quotes of every kind', async () => {
    const content = 'text,label\r\n\r\n\na,b\n"\r\n\n\r\nc",d\r\n\r\ne,f\n\ng\n';
    const lines: number[] = [];
    const all = async (): Promise<void> => {
      for await (const { line } of readCsv(fileOf(content), ['text'])) lines.push(line);
    };
    await expect(all()).rejects.toThrow(/the row at line 12 must have 2 fields/);
    expect(lines).toEqual([4, 5, 10]);
  });

  it.each([
    ['a byte-order mark', '\ufefftext,label\na,b\n'],
    ['no end of line at the end', 'text,label\na,b'],
    ['empty lines at the end', 'text,label\na,b\n\n\n'],
    ['\\r\\n', 'text,label\r\na,b\r\n'],
  ])('takes a file with %s', async (_, content) => {
    expect(await read(content)).toEqual([{ line: 2, values: ['a', 'b'] }]);
  });

  it('keeps empty fields, spaces and every character of UTF-8', async () => {
    const [row] = await read('text,label\n" é \u{1F600}\uFFFD",\n');
    expect(row?.values).toEqual([' é \u{1F600}\uFFFD', '']);
  });

  it('gives back what was written, whatever the fields', async () => {
    const field = fc.string({ unit: 'grapheme' });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(field, field), { minLength: 1 }), async (rows) => {
        const lines = [['text', 'label'], ...rows].map((row) => row.map(quote).join(','));
        const found = await read(lines.join('\r\n'));
        expect(found.map(({ values }) => values)).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });

  it('reads characters that lie across the pieces a file is read in', async () => {
    const text = `${'x'.repeat(65_520)}${'\u{1F600}'.repeat(40_000)}`;
    const rows = await read(`text,label\n${quote(text)},a\nlast,b\n`);
    expect(rows[0]!.values[0] === text).toBe(true);
    expect(rows[1]).toEqual({ line: 3, values: ['last', 'b'] });
  });

  it('is a stream: the first rows come before the end is read', async () => {
    const path = fileOf(`text,label\n${'a,b\n'.repeat(200_000)}broken\n`);
    let rows = 0;
    for await (const { values } of readCsv(path, ['text'])) {
      expect(values).toEqual(['a']);
      if (++rows === 10) break;
    }
    expect(rows).toBe(10);
  });

  it.each([
    [
      'too few fields',
      'text,label\na,b\nc\n',
      /the row at line 3 must have 2 fields, as the header, got 1/,
    ],
    [
      'too many fields',
      'text,label\n"a\nb",c\nd,e,f\n',
      /the row at line 4 must have 2 fields.*got 3/,
    ],
    [
      'an open quote',
      'text,label\na,b\n"c,d\ne,f\n',
      /the row at line 3 .*a quote that is never closed/,
    ],
    [
      'text after a quote',
      'text,label\n"a"b,c\n',
      /the row at line 2 .*characters after a closing quote/,
    ],
    [
      'a quote inside',
      'text,label\na"b,c\n',
      /the row at line 2 .*a quote inside a field without quotes/,
    ],
  ])('names the line of a row with %s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(DataError);
    await expect(read(content)).rejects.toThrow(message);
  });

  it.each([
    [latin1('text,label\na,b\nc\xff,d\ne,f\n'), 3],
    [latin1('text,label\na,b\nc,d\xe9'), 3],
    [latin1('\xff\xfet\0e\0x\0t\0'), 1],
  ])('names the line that is no UTF-8', async (content, line) => {
    await expect(read(content)).rejects.toThrow(`line ${line} must be UTF-8`);
  });

  it('lists the columns there where one is unknown, and refuses one that stands twice', async () => {
    await expect(read('id,body,kind\n1,a,b\n', ['text'])).rejects.toThrow(
      /column "text" must be one of the file\. Hint: the columns are "id", "body", "kind"/,
    );
    await expect(read('text,text\na,b\n', ['text'])).rejects.toThrow(
      /must stand once in the header/,
    );
  });

  it('names a file that is missing, a folder or empty', async () => {
    await expect(rowsOf(join(folder, 'none.csv'), ['a'])).rejects.toThrow(
      /none\.csv: .*no such file/,
    );
    await expect(rowsOf(folder, ['a'])).rejects.toThrow(/got a folder/);
    await expect(read('', ['a'])).rejects.toThrow(/must have a header line, got no lines/);
    await expect(read('\ufeff\n\n', ['a'])).rejects.toThrow(/must have a header line/);
  });
});
