// A model's bytes: given, from a file (Node) or fetched (web).

import { messageOf, RuntimeError } from '../core/errors.ts';

/** Whether this is Node (or a runtime that acts as Node). */
export const isNode: boolean =
  typeof process !== 'undefined' && typeof process.versions?.node === 'string';

/** A model as the user gave it. */
export interface ModelSource {
  readonly pathOrBytes: string | Uint8Array;
  readonly bytes: Uint8Array;
  /** For messages. */
  readonly where: string;
}

const readFile = async (path: string): Promise<Uint8Array> => {
  // Not written as a literal, so that bundlers for the web do not look for a module of Node.
  const fs = ['node', 'fs/promises'].join(':');
  const { readFile: read } = (await import(/* @vite-ignore */ fs)) as {
    readFile: (path: string) => Promise<Uint8Array>;
  };
  return read(path);
};

const fetchBytes = async (url: string): Promise<Uint8Array> => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
  return new Uint8Array(await response.arrayBuffer());
};

/** Reads a model.
 * @throws {RuntimeError} The file or URL cannot be read. */
export const loadModel = async (pathOrBytes: string | Uint8Array): Promise<ModelSource> => {
  if (typeof pathOrBytes !== 'string') return { pathOrBytes, bytes: pathOrBytes, where: 'model' };
  const isFile = isNode && !/^https?:/.test(pathOrBytes);
  try {
    const bytes = await (isFile ? readFile(pathOrBytes) : fetchBytes(pathOrBytes));
    return { pathOrBytes, bytes, where: pathOrBytes };
  } catch (cause) {
    throw new RuntimeError({
      where: pathOrBytes,
      what: 'the model',
      rule: isFile ? 'must be a file that can be read' : 'must be a URL that can be fetched',
      actual: messageOf(cause),
      cause,
    });
  }
};
