// Inputs for a model: out of a JSON file, out of TensorProto files as in ONNX's test data, or random.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { inspectModel, onnx, tensorFromProto, type ValueSummary } from '../../src/onnx/index.ts';
import { randomFeeds, type NamedTensors } from '../../src/runtime/index.ts';
import {
  createData,
  DataError,
  float16Bits,
  isDType,
  messageOf,
  type DType,
  type Tensor,
} from '../../src/schema/index.ts';

/** The options every command with inputs has. */
export interface FeedOptions {
  readonly feeds?: string;
  readonly seed: number;
  readonly dim: Readonly<Record<string, number>>;
  readonly size: number;
  readonly integers: number;
}

const integer =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least) return value;
    throw new InvalidArgumentError(`It must be an integer >= ${least}.`);
  };

const parseDim = (
  text: string,
  known: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> => {
  const [, name, size] = /^(.+)=(\d+)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It must be NAME=SIZE, such as N=4.');
  return { ...known, [name]: Number(size) };
};

/** Adds the options to a command. */
export const addFeedOptions = (command: Command): Command =>
  command
    .option(
      '--feeds <file>',
      'inputs: a JSON file { name: values or { type, dims, data } }, or a folder of TensorProto files',
    )
    .option('--seed <n>', 'seed of random inputs', integer(0), 1)
    .option(
      '--dim <name=size>',
      'size of a symbolic dimension (may be given more than once)',
      parseDim,
      {},
    )
    .option('--size <n>', 'size of the other open dimensions', integer(0), 2)
    .option('--integers <n>', 'random integers are below this', integer(1), 2);

const fail = (
  where: string,
  what: string,
  rule: string,
  actual?: string,
  cause?: unknown,
): never => {
  throw new DataError({ where, what, rule, ...(actual === undefined ? {} : { actual }), cause });
};

const flatten = (
  value: unknown,
): { readonly dims: number[]; readonly data: readonly unknown[] } => {
  if (!Array.isArray(value)) return { dims: [], data: [value] };
  const parts = (value as readonly unknown[]).map(flatten);
  return {
    dims: [parts.length, ...(parts[0]?.dims ?? [])],
    data: parts.flatMap(({ data }) => data),
  };
};

const dataOf = (dtype: DType, values: readonly unknown[]): Tensor['data'] => {
  const data = createData(dtype, values.length);
  values.forEach((value, at) => {
    if (Array.isArray(data)) data[at] = String(value);
    else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
      data[at] = BigInt(value as number | string);
    } else data[at] = dtype === 'float16' ? float16Bits(Number(value)) : Number(value);
  });
  return data;
};

const tensorOf = (name: string, value: unknown, declared: ValueSummary, where: string): Tensor => {
  const isFull = typeof value === 'object' && value !== null && 'data' in value;
  const given = (isFull ? value : { data: value }) as {
    readonly data: unknown;
    readonly type?: string;
    readonly dims?: readonly number[];
  };
  const { dims, data } = flatten(given.data);
  const type = given.type ?? declared.dtype ?? '';
  if (!isDType(type))
    fail(where, `the type of input ${name}`, 'must be one JavaScript holds', type);
  const shape = given.dims ?? dims;
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (size !== data.length) {
    fail(
      where,
      `input ${name} of shape [${shape.join(', ')}]`,
      `must have ${size} values`,
      String(data.length),
    );
  }
  return { dtype: type, dims: shape, data: dataOf(type as DType, data) } as Tensor;
};

const fromJson = async (path: string, inputs: readonly ValueSummary[]): Promise<NamedTensors> => {
  let all: unknown;
  try {
    all = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    return fail(path, 'the inputs', 'must be a JSON file', messageOf(cause), cause);
  }
  const given = all as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !inputs.some((one) => one.name === name));
  const names = inputs.map(({ name }) => name).join(', ');
  if (unknown !== undefined) fail(path, `the input ${unknown}`, `must be one of ${names}`);
  return Object.fromEntries(
    inputs.map((input) => {
      const value = given[input.name];
      if (value === undefined) fail(path, `the input ${input.name}`, 'must be given');
      return [input.name, tensorOf(input.name, value, input, path)];
    }),
  );
};

/** `input_0.pb`, `input_1.pb`, ...: by the name the tensor has, else by position. */
const fromFolder = async (
  folder: string,
  inputs: readonly ValueSummary[],
): Promise<NamedTensors> => {
  const files = (await readdir(folder)).filter((file) => /^input_\d+\.pb$/.test(file));
  const feeds: Record<string, Tensor> = {};
  for (const file of files) {
    const proto = onnx.TensorProto.decode(await readFile(join(folder, file)));
    const at = Number(/\d+/.exec(file)?.[0]);
    const named = inputs.find(({ name }) => name === proto.name) ?? inputs[at];
    if (named === undefined) fail(folder, file, `must be for one of ${inputs.length} inputs`);
    else feeds[named.name] = tensorFromProto(proto);
  }
  const absent = inputs.find(({ name }) => feeds[name] === undefined);
  if (absent !== undefined) fail(folder, `the input ${absent.name}`, 'must be given (input_N.pb)');
  return feeds;
};

/** The inputs a command was given, or random ones.
 * @throws {DataError} The file is no such file, or lacks an input. */
export const feedsFor = async (model: Uint8Array, options: FeedOptions): Promise<NamedTensors> => {
  const { inputs } = inspectModel(model);
  const { feeds, seed, dim, size, integers } = options;
  if (feeds === undefined) return randomFeeds(inputs, { seed, dims: dim, size, integers });
  const info = await stat(feeds).catch(() => undefined);
  return info?.isDirectory() === true ? fromFolder(feeds, inputs) : fromJson(feeds, inputs);
};
