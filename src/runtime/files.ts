// Files in Node, read in parts. Bundlers for the web see no module of Node here: the process hands them out.

import type * as Fs from 'node:fs';
import type * as Path from 'node:path';
import type { ByteSource } from '../onnx/byte-source.ts';

/** Whether this is Node (or a runtime that acts as Node). */
export const isNode: boolean =
  typeof process !== 'undefined' && typeof process.versions?.node === 'string';

/** Node's modules `fs` and `path`. Call it only where {@link isNode}. */
export const nodeModules = (): {
  readonly fs: typeof Fs;
  readonly path: typeof Path;
} => ({
  fs: process.getBuiltinModule('node:fs'),
  path: process.getBuiltinModule('node:path'),
});

/** Bytes read at once, so that neighbouring fields cost one read. */
const windowBytes = 65_536;

const readAt = (fd: number, offset: number, length: number): Uint8Array => {
  const { fs } = nodeModules();
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const read = fs.readSync(fd, bytes, at, Math.min(length - at, 2 ** 30), offset + at);
    if (read === 0) break;
    at += read;
  }
  return bytes.subarray(0, at);
};

/** A file as a source of bytes, open until it is closed.
 * @throws {Error} Node's own, where the file cannot be opened. */
export const fileSource = (
  path: string,
): { readonly source: ByteSource; readonly close: () => void } => {
  const { fs } = nodeModules();
  const fd = fs.openSync(path, 'r');
  try {
    const { size } = fs.fstatSync(fd);
    let window: Uint8Array = new Uint8Array();
    let from = 0;
    const read = (offset: number, length: number): Uint8Array => {
      if (length > windowBytes) return readAt(fd, offset, length);
      if (offset < from || offset + length > from + window.length) {
        // A new array: parts of the last one are in use.
        window = readAt(fd, offset, Math.min(windowBytes, size - offset));
        from = offset;
      }
      return window.subarray(offset - from, offset - from + length);
    };
    // A directory opens, and fails here.
    read(0, Math.min(1, size));
    return { source: { size, read }, close: () => fs.closeSync(fd) };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
};

/** A part of a file.
 * @throws {Error} Node's own. */
export const readPart = (path: string, offset: number, length: number | undefined): Uint8Array => {
  const { fs } = nodeModules();
  const fd = fs.openSync(path, 'r');
  try {
    return readAt(fd, offset, length ?? fs.fstatSync(fd).size - offset);
  } finally {
    fs.closeSync(fd);
  }
};

/** Whether a path is that of a folder, or below it. Links are not followed. */
export const isInside = (folder: string, path: string): boolean => {
  const { path: paths } = nodeModules();
  const relative = paths.relative(folder, path);
  return !paths.isAbsolute(relative) && relative.split(paths.sep)[0] !== '..';
};
