// Takes chosen files out of a zip archive (a Python wheel is one), streamed: the archive is never held in memory.

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { DataError } from '../../src/schema/index.ts';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endSizeBytes = 22;
const maxCommentBytes = 0xffff;

/** One file of an archive. */
export interface ZipEntry {
  readonly name: string;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly compressedBytes: number;
  readonly sizeBytes: number;
  readonly headerOffset: number;
}

const broken = (archive: string, what: string): DataError =>
  new DataError({ where: archive, what: 'the archive', rule: 'must be a zip file', actual: what });

const readAt = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  return Buffer.from(bytes.buffer, 0, bytesRead);
};

const parseDirectory = (directory: Buffer, count: number, archive: string): ZipEntry[] => {
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== entrySignature) {
      throw broken(archive, `a broken directory at entry ${i}`);
    }
    const nameBytes = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameBytes),
      method: directory.readUInt16LE(at + 10),
      compressedBytes: directory.readUInt32LE(at + 20),
      sizeBytes: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
};

const readDirectory = async (file: FileHandle, archive: string): Promise<ZipEntry[]> => {
  const { size } = await file.stat();
  const length = Math.min(size, endSizeBytes + maxCommentBytes);
  const tail = await readAt(file, size - length, length);
  for (let at = tail.length - endSizeBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== endSignature) continue;
    const directory = await readAt(file, tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
    return parseDirectory(directory, tail.readUInt16LE(at + 10), archive);
  }
  throw broken(archive, 'no end of directory');
};

/** The files of an archive (no zip64: each below 4 GB).
 * @throws {DataError} The file is no zip archive. */
export const listZip = async (archive: string): Promise<readonly ZipEntry[]> => {
  const file = await open(archive);
  try {
    return await readDirectory(file, archive);
  } finally {
    await file.close();
  }
};

/** Writes one file of an archive to `target`, whose folder is made.
 * @throws {DataError} Unknown compression, or a size other than the directory's. */
export const extractEntry = async (
  archive: string,
  entry: ZipEntry,
  target: string,
): Promise<void> => {
  if (entry.method !== 0 && entry.method !== 8) {
    throw broken(archive, `compression ${entry.method} of ${entry.name}`);
  }
  const file = await open(archive);
  let start: number;
  try {
    const header = await readAt(file, entry.headerOffset, 30);
    start = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
  await mkdir(dirname(target), { recursive: true });
  const output = createWriteStream(target);
  await pipeline(
    createReadStream(archive, { start, end: start + entry.compressedBytes - 1 }),
    entry.method === 8 ? createInflateRaw() : new PassThrough(),
    output,
  );
  if (output.bytesWritten !== entry.sizeBytes) {
    throw broken(archive, `${output.bytesWritten} of ${entry.sizeBytes} bytes of ${entry.name}`);
  }
};
