// Tensors between the program and its workers. Feeds are copied once, all of a run into one buffer that is transferred and comes
// back; results are transferred and are the caller's. Strings, which have no buffer, are posted as they are.

import { RuntimeError } from '../../core/errors.ts';
import type { Feeds, OrtModule, OrtTensor } from '../ort-types.ts';
import type { BufferPool } from './buffers.ts';

type TypedArray = Exclude<OrtTensor['data'], readonly string[]>;
type ArrayClass = new (buffer: ArrayBufferLike, offset: number, length: number) => TypedArray;

/** A feed: its place in the run's buffer, its strings, or what the caller passed and is no tensor (the session refuses it). */
type PackedFeed =
  | {
      readonly type: string;
      readonly dims: readonly number[];
      /** Name of the typed array's class. */
      readonly array: string;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly type: 'string'; readonly dims: readonly number[]; readonly strings: string[] }
  | { readonly raw: unknown };

/** The feeds of a run. */
export interface PackedFeeds {
  readonly tensors: Readonly<Record<string, PackedFeed>>;
  /** The used part of the run's buffer. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A result. */
export interface PackedResult {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: OrtTensor['data'];
}

/** Any typed array may begin here. */
const aligned = (offset: number): number => Math.ceil(offset / 8) * 8;

const isTensor = (value: unknown): value is OrtTensor =>
  typeof value === 'object' && value !== null && 'location' in value && 'dims' in value;

const checkOnCpu = (name: string, { location }: OrtTensor): void => {
  if (location === 'cpu') return;
  throw new RuntimeError({
    where: 'InferenceSession.run',
    what: `input "${name}"`,
    rule: 'must be on the CPU to be sent to a pool of workers',
    actual: location,
    hint: 'await tensor.getData() and make a tensor of it',
  });
};

/** Copies feeds into one buffer of the pool.
 * @throws {RuntimeError} A tensor is not on the CPU. */
export const packFeeds = (feeds: Feeds, buffers: BufferPool): PackedFeeds => {
  const tensors: Record<string, PackedFeed> = {};
  const copies: { readonly data: TypedArray; readonly offset: number }[] = [];
  let used = 0;
  for (const [name, feed] of Object.entries<unknown>(feeds)) {
    if (!isTensor(feed)) {
      tensors[name] = { raw: feed };
      continue;
    }
    checkOnCpu(name, feed);
    const { type, dims, data } = feed;
    if (Array.isArray(data)) {
      tensors[name] = { type: 'string', dims, strings: data };
      continue;
    }
    const array: TypedArray = data;
    const offset = aligned(used);
    used = offset + array.byteLength;
    copies.push({ data: array, offset });
    tensors[name] = { type, dims, array: array.constructor.name, offset, length: array.length };
  }
  const bytes = new Uint8Array(buffers.take(used), 0, used);
  for (const { data, offset } of copies) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
  }
  return { tensors, bytes };
};

/** The feeds of a run as tensors of the worker's onnxruntime, over the run's buffer. */
export const unpackFeeds = (ort: OrtModule, { tensors, bytes }: PackedFeeds): Feeds => {
  // A process reads its messages at any offset.
  const { buffer, byteOffset } = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, feed] of Object.entries(tensors)) {
    if ('raw' in feed) feeds[name] = feed.raw as OrtTensor;
    else if ('strings' in feed) feeds[name] = new ort.Tensor('string', feed.strings, feed.dims);
    else {
      const { type, dims, array, offset, length } = feed;
      const arrays = globalThis as unknown as Readonly<Record<string, ArrayClass>>;
      const data = new arrays[array]!(buffer, byteOffset + offset, length);
      feeds[name] = new ort.Tensor(type as 'float32', data as Float32Array, dims);
    }
  }
  return feeds;
};

/** The results of a run, and the buffers that go with them. What does not own its buffer is copied: the run's feeds passed through,
 * a part of a larger array, one array given out twice. */
export const packResults = (
  results: Readonly<Record<string, OrtTensor>>,
  feeds: ArrayBufferLike,
): {
  readonly results: Readonly<Record<string, PackedResult>>;
  readonly transfer: readonly ArrayBuffer[];
} => {
  const transfer = new Set<ArrayBuffer>();
  const packed: Record<string, PackedResult> = {};
  for (const [name, { type, dims, data }] of Object.entries(results)) {
    let own = data;
    if (!Array.isArray(data)) {
      const { buffer } = data;
      const isWhole = buffer.byteLength === data.byteLength && buffer instanceof ArrayBuffer;
      if (!isWhole || buffer === feeds || transfer.has(buffer)) own = data.slice();
      transfer.add((own as TypedArray).buffer as ArrayBuffer);
    }
    packed[name] = { type, dims, data: own };
  }
  return { results: packed, transfer: [...transfer] };
};

/** The results of a run as tensors of the caller's onnxruntime. */
export const unpackResults = (
  ort: OrtModule,
  results: Readonly<Record<string, PackedResult>>,
): Record<string, OrtTensor> => {
  const tensors: Record<string, OrtTensor> = {};
  for (const [name, { type, dims, data }] of Object.entries(results)) {
    // From a process: a part of the message it came in.
    const isPart = !Array.isArray(data) && data.byteLength !== data.buffer.byteLength;
    const own = isPart ? data.slice() : data;
    tensors[name] = new ort.Tensor(type as 'float32', own as Float32Array, dims);
  }
  return tensors;
};
