// The feeds of a run against the model's inputs: names, element types, shapes. Told before anything runs.

import { DTypeError, RuntimeError, ShapeError, typeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import type { Feeds, OrtTensor, ValueMetadata } from './ort-types.ts';
import { webUnknownDim } from './values.ts';

const where = 'InferenceSession.run';

const known = (inputs: readonly ValueMetadata[]): string =>
  inputs.map(({ name }) => name).join(', ') || 'none';

const isOpen = (dim: number | string): boolean =>
  typeof dim === 'string' || dim < 0 || dim === webUnknownDim;

const checkShape = (
  { name, dims }: { readonly name: string; readonly dims: readonly number[] },
  shape: readonly (number | string)[],
): void => {
  // As onnxruntime checks: a declared scalar takes every shape, a negative dimension every size.
  const fits =
    shape.length === 0 ||
    (dims.length === shape.length && shape.every((dim, at) => isOpen(dim) || dim === dims[at]));
  if (fits) return;
  throw new ShapeError({
    where,
    what: `input "${name}"`,
    rule: `must have shape ${formatShape(shape.map((dim) => (dim === '' || dim === webUnknownDim ? '?' : dim)))}`,
    actual: formatShape(dims),
  });
};

/** A model input: its metadata, and its shape where the model declares one (metadata show a scalar and an unknown rank alike). */
export interface InputSpec {
  readonly meta: ValueMetadata;
  readonly hasShape: boolean;
}

/** What onnxruntime checks of feeds, by package. */
export interface FeedRules {
  /** Whether a feed that is no input is refused: onnxruntime-web does, onnxruntime-node leaves it aside. */
  readonly refusesOthers: boolean;
}

const checkInput = ({ meta, hasShape }: InputSpec, tensor: OrtTensor | undefined): void => {
  const { name } = meta;
  if (typeof tensor !== 'object' || tensor === null || !Array.isArray(tensor.dims)) {
    throw typeError({
      where,
      what: `input "${name}"`,
      rule: 'must be a tensor',
      actual: tensor === null ? 'null' : typeof tensor,
    });
  }
  if (!meta.isTensor) return;
  if (tensor.type !== meta.type) {
    throw new DTypeError({
      where,
      what: `input "${name}"`,
      rule: `must be ${meta.type}`,
      actual: tensor.type,
      hint: `new ort.Tensor('${meta.type}', data, dims)`,
    });
  }
  if (hasShape) checkShape({ name, dims: tensor.dims }, meta.shape);
};

/** Checks the feeds of a run.
 * @throws {TypeError} An input is no tensor. {RuntimeError} A name is none of the model's. {DTypeError | ShapeError} Of an input. */
export const checkFeeds = (
  inputs: readonly InputSpec[],
  feeds: Feeds,
  { refusesOthers }: FeedRules,
): void => {
  for (const input of inputs) checkInput(input, feeds[input.meta.name]);
  if (!refusesOthers) return;
  let count = 0;
  for (const _ in feeds) count++;
  if (count === inputs.length) return;
  for (const name of Object.keys(feeds)) {
    if (inputs.some(({ meta }) => meta.name === name)) continue;
    throw new RuntimeError({
      where,
      what: `the feed "${name}"`,
      rule: 'must be one of the inputs of the model',
      actual: `inputs: ${known(inputs.map(({ meta }) => meta))}`,
    });
  }
};
