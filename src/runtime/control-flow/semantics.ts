// What If, Loop and Scan do, as the ONNX standard says, over subgraphs that run as sessions of their own.

import { createData } from '../../core/dtype.ts';
import { RuntimeError, ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Feeds, OrtModule, OrtTensor } from '../ort-types.ts';
import { fromOrt, toOrt } from '../tensors.ts';
import { runBranch, type Branch } from './branch.ts';
import { sliceAt, stack } from './slices.ts';

/** What one run of an interpreted node is given. */
export interface Call {
  readonly ort: OrtModule;
  readonly where: string;
  /** Inputs by position; undefined where an optional one is left out. */
  readonly inputs: readonly (Tensor | undefined)[];
  /** Values from around the node that its subgraphs read. */
  readonly captured: Feeds;
}

const single = ({ where }: Call, tensor: Tensor | undefined, what: string): unknown => {
  const data = tensor?.data;
  if (data?.length === 1) return data[0];
  throw new ShapeError({
    where,
    what,
    rule: 'must have one element',
    actual: tensor === undefined ? 'nothing' : formatShape(tensor.dims),
  });
};

const isTrue = (value: unknown): boolean => value !== 0 && value !== false;

/** One of two subgraphs. */
export const runIf = async (
  call: Call,
  { yes, no }: { readonly yes: Branch; readonly no: Branch },
): Promise<readonly Tensor[]> => {
  const branch = isTrue(single(call, call.inputs[0], 'the condition')) ? yes : no;
  const results = await runBranch(branch, [], call.captured);
  return results.map((result) => fromOrt(result, call.where));
};

/** The scanned output of no iteration: 0 along its axis, unknown dimensions 0 too. */
const emptyScan = ({ shapes, dtypes }: Branch, at: number, axis: number): Tensor => {
  const dims = (shapes[at] ?? []).map((dim) =>
    // onnxruntime-web shows a dimension without a name as 2^32 - 1.
    typeof dim === 'number' && dim < 0xffffffff ? dim : 0,
  );
  const own = axis < 0 ? axis + dims.length + 1 : axis;
  const dtype = dtypes[at]!;
  return { dtype, dims: dims.toSpliced(own, 0, 0), data: createData(dtype, 0) } as Tensor;
};

const scalar = (ort: OrtModule, tensor: Tensor, rank: number | undefined): OrtTensor =>
  toOrt(ort, { ...tensor, dims: rank === 1 ? [1] : [] });

/** A loop with a trip count, a condition, values carried on and values collected. */
export const runLoop = async (call: Call, body: Branch): Promise<readonly Tensor[]> => {
  const { ort, where, inputs, captured } = call;
  const [count, condition, ...initial] = inputs;
  const most = count === undefined ? Infinity : Number(single(call, count, 'the trip count'));
  let goes = condition === undefined || isTrue(single(call, condition, 'the condition'));
  const carried = initial.length;
  let state: readonly OrtTensor[] = initial.map((value) => toOrt(ort, required(value, where)));
  const collected: Tensor[][] = body.outputs.slice(1 + carried).map(() => []);
  for (let at = 0; goes && at < most; at++) {
    const iteration = BigInt64Array.of(BigInt(at));
    const formal = [
      scalar(ort, { dtype: 'int64', dims: [], data: iteration }, body.ranks[0]),
      scalar(ort, { dtype: 'bool', dims: [], data: Uint8Array.of(1) }, body.ranks[1]),
      ...state,
    ];
    const results = await runBranch(body, formal, captured);
    goes = isTrue(single(call, fromOrt(results[0]!, where), 'the condition of the body'));
    state = results.slice(1, 1 + carried);
    collected.forEach((list, k) => list.push(fromOrt(results[1 + carried + k]!, where)));
  }
  return [
    ...state.map((value) => fromOrt(value, where)),
    ...collected.map((list, k) =>
      list.length > 0 ? stack(list, 0, where) : emptyScan(body, 1 + carried + k, 0),
    ),
  ];
};

const required = (value: Tensor | undefined, where: string): Tensor => {
  if (value !== undefined) return value;
  throw new RuntimeError({ where, what: 'a carried value', rule: 'is required' });
};

/** Attributes of a Scan. */
export interface ScanOptions {
  readonly scanned: number;
  readonly inputAxes: readonly number[];
  readonly outputAxes: readonly number[];
  readonly inputDirections: readonly number[];
  readonly outputDirections: readonly number[];
}

/** A loop over slices of its inputs. */
export const runScan = async (
  call: Call,
  body: Branch,
  { scanned, inputAxes, outputAxes, inputDirections, outputDirections }: ScanOptions,
): Promise<readonly Tensor[]> => {
  const { ort, where, captured } = call;
  const inputs = call.inputs.map((value) => required(value, where));
  const carried = inputs.length - scanned;
  const sequences = inputs.slice(carried);
  const lengths = sequences.map(({ dims }, k) => dims.at(inputAxes[k] ?? 0) ?? 0);
  const length = lengths[0] ?? 0;
  if (lengths.some((one) => one !== length)) {
    throw new ShapeError({
      where,
      what: 'the scanned inputs',
      rule: 'must be of one length',
      actual: lengths.join(', '),
    });
  }
  let state: readonly OrtTensor[] = inputs.slice(0, carried).map((value) => toOrt(ort, value));
  const collected: Tensor[][] = body.outputs.slice(carried).map(() => []);
  for (let at = 0; at < length; at++) {
    const slices = sequences.map((sequence, k) => {
      const index = inputDirections[k] === 1 ? length - 1 - at : at;
      return toOrt(ort, sliceAt(sequence, inputAxes[k] ?? 0, index, where));
    });
    const results = await runBranch(body, [...state, ...slices], captured);
    state = results.slice(0, carried);
    collected.forEach((list, k) => list.push(fromOrt(results[carried + k]!, where)));
  }
  return [
    ...state.map((value) => fromOrt(value, where)),
    ...collected.map((list, k) => {
      const axis = outputAxes[k] ?? 0;
      if (list.length === 0) return emptyScan(body, carried + k, axis);
      return stack(outputDirections[k] === 1 ? list.toReversed() : list, axis, where);
    }),
  ];
};
