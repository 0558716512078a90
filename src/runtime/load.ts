// Where a model comes from: bytes, a file (Node) or a URL. A file of Node is read in parts, so that its weights stay on the disk.

import { messageOf, RuntimeError } from '../core/errors.ts';
import { memorySource, type ByteSource } from '../onnx/byte-source.ts';
import { fileSource, isNode } from './files.ts';

/** A model as the user gave it, opened. */
export interface ModelFile {
  readonly source: ByteSource;
  /** The bytes, where they are in memory. */
  readonly bytes: Uint8Array | undefined;
  /** The path, where the model is a file that is read in parts. */
  readonly path: string | undefined;
  /** For messages. */
  readonly where: string;
  /** Closes the file; the parts read from it stay. */
  close(): void;
}

const inMemory = (bytes: Uint8Array, where: string): ModelFile => ({
  source: memorySource(bytes),
  bytes,
  path: undefined,
  where,
  close: () => undefined,
});

const fetchBytes = async (url: string): Promise<Uint8Array> => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`.trim());
  return new Uint8Array(await response.arrayBuffer());
};

/** Opens a model.
 * @throws {RuntimeError} The file or URL cannot be read. */
export const openModel = async (pathOrBytes: string | Uint8Array): Promise<ModelFile> => {
  if (typeof pathOrBytes !== 'string') return inMemory(pathOrBytes, 'model');
  const isFile = isNode && !/^https?:/.test(pathOrBytes);
  try {
    if (!isFile) return inMemory(await fetchBytes(pathOrBytes), pathOrBytes);
    const { source, close } = fileSource(pathOrBytes);
    return { source, bytes: undefined, path: pathOrBytes, where: pathOrBytes, close };
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
