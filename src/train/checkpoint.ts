// A training checkpoint as one file: `SHARMIX\0`, the length of the header (uint32 LE), the header as JSON, the float32 values.

import { readFile } from 'node:fs/promises';
import { DataError, messageOf } from '../core/errors.ts';
import type { AdamState } from './adam.ts';
import { writeFileAtomic } from './atomic-file.ts';
import type { EpochRecord } from './events.ts';
import type { RandomState } from './random.ts';

/** Everything training goes on from. */
export interface Checkpoint {
  /** What the run was started with, by name; a run goes on only from a checkpoint of the same. */
  readonly fingerprint: Readonly<Record<string, string | number>>;
  readonly random: RandomState;
  readonly history: readonly EpochRecord[];
  /** Weights of the model, in its order. */
  readonly weights: readonly Float32Array[];
  readonly adam: AdamState;
  /** Epoch (from 1, 0 before the first) with the best validation score so far; its weights where it is not the last. */
  readonly best: { readonly epoch: number; readonly weights: readonly Float32Array[] | undefined };
  /** Whether the run had ended (all epochs, or early stopping). */
  readonly stoppedEarly: boolean;
}

const magic = new TextEncoder().encode('SHARMIX\0');

interface Header {
  readonly format: 1;
  readonly fingerprint: Checkpoint['fingerprint'];
  readonly random: RandomState;
  readonly history: readonly EpochRecord[];
  readonly step: number;
  readonly betaPowers: readonly [number, number];
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
  /** Lengths of the arrays that follow. */
  readonly weights: readonly number[];
  readonly moments: readonly number[];
  readonly best: readonly number[];
}

const lengths = (arrays: readonly Float32Array[]): number[] => arrays.map(({ length }) => length);

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Writes a checkpoint in place of a former one, atomically.
 * @throws {DataError} It could not be written; the former one is intact. */
export const saveCheckpoint = async (path: string, checkpoint: Checkpoint): Promise<void> => {
  const { fingerprint, random, history, weights, adam, best, stoppedEarly } = checkpoint;
  const header: Header = {
    format: 1,
    fingerprint,
    random,
    history,
    step: adam.step,
    betaPowers: adam.betaPowers,
    bestEpoch: best.epoch,
    stoppedEarly,
    weights: lengths(weights),
    moments: adam.moments.map(({ m }) => m.length),
    best: lengths(best.weights ?? []),
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Padded with spaces, so that the values lie on multiples of 4.
  const length = Math.ceil((magic.length + 4 + json.length) / 4) * 4 - magic.length - 4;
  const padded = new Uint8Array(length).fill(0x20);
  padded.set(json);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, length, true);
  await writeFileAtomic(path, [
    magic,
    size,
    padded,
    ...weights.map(bytesOf),
    ...adam.moments.flatMap(({ m, v }) => [bytesOf(m), bytesOf(v)]),
    ...(best.weights ?? []).map(bytesOf),
  ]);
};

const broken = (path: string, actual: string, cause?: unknown): DataError =>
  new DataError({
    where: path,
    what: 'the checkpoint',
    rule: 'must be a whole checkpoint of this package',
    actual,
    hint: 'train without resume, or remove the file',
    cause,
  });

/** Reads a checkpoint; undefined where there is no file.
 * @throws {DataError} The file is no checkpoint, or is cut off. */
export const loadCheckpoint = async (path: string): Promise<Checkpoint | undefined> => {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw broken(path, messageOf(error), error);
  }
  const start = magic.length + 4;
  if (bytes.length < start || magic.some((byte, i) => bytes[i] !== byte)) {
    throw broken(path, 'another kind of file');
  }
  const length = new DataView(bytes.buffer).getUint32(magic.length, true);
  let header: Header;
  try {
    const json = new TextDecoder().decode(bytes.subarray(start, start + length));
    header = JSON.parse(json) as Header;
  } catch (error) {
    throw broken(path, 'a cut-off header', error);
  }
  const rest = bytes.slice(start + length).buffer;
  if (rest.byteLength % 4 !== 0) throw broken(path, 'a file that is cut off');
  const floats = new Float32Array(rest);
  let at = 0;
  const take = (count: number): Float32Array => floats.slice(at, (at += count));
  const weights = header.weights.map(take);
  const moments = header.moments.map((count) => ({ m: take(count), v: take(count) }));
  const best = header.best.map(take);
  if (at !== floats.length) throw broken(path, `a file of ${floats.length} values, not ${at}`);
  return {
    fingerprint: header.fingerprint,
    random: header.random,
    history: header.history,
    weights,
    adam: { step: header.step, betaPowers: header.betaPowers, moments },
    best: { epoch: header.bestEpoch, weights: best.length === 0 ? undefined : best },
    stoppedEarly: header.stoppedEarly,
  };
};

/** @throws {DataError} The run was started with something else: which, then and now. */
export const checkFingerprint = (
  path: string,
  then: Checkpoint['fingerprint'],
  now: Checkpoint['fingerprint'],
): void => {
  for (const name of new Set([...Object.keys(then), ...Object.keys(now)])) {
    if (then[name] === now[name]) continue;
    throw new DataError({
      where: path,
      what: `${name} of the run to resume`,
      rule: `must be ${then[name] ?? 'left out'}, as when it was started`,
      actual: String(now[name] ?? 'nothing'),
      hint: 'resume with the same data and options, or train anew',
    });
  }
};
