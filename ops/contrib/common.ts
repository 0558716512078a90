// What the operators of ai.onnx.contrib share: domain, missing forms, scalar inputs, texts as outputs.

import { DataError, missing, ShapeError, tensor, type Tensor } from '../../src/schema/index.ts';

const cpuOnly = missing('texts are strings, which no GPU buffer, standard operator or tfjs holds');

/** Domain, version, package and the forms no operator of texts has. */
export const common = {
  domain: 'ai.onnx.contrib',
  version: 1,
  package: 'sharmix',
  types: {},
  shader: cpuOnly,
  body: cpuOnly,
  grad: cpuOnly,
} as const;

/** The label of an operator of this domain, for messages. */
export const label = (type: string): string => `${common.domain}@${common.version}::${type}`;

/** The strings of a string tensor. */
export const textsOf = (value: Tensor): readonly string[] => value.data as readonly string[];

/** The only element of an input that must have one, of whatever shape.
 * @throws {ShapeError} It has none or several. */
export const onlyElement = (
  type: string,
  input: string,
  value: Tensor,
): string | number | bigint => {
  if (value.data.length !== 1) {
    throw new ShapeError({
      where: label(type),
      what: `input ${input}`,
      rule: 'must have exactly one element',
      actual: `${value.data.length} elements`,
    });
  }
  return value.data[0]!;
};

/** The only string of an input that must have one.
 * @throws {ShapeError} It has none or several. */
export const onlyText = (type: string, input: string, value: Tensor): string =>
  onlyElement(type, input, value) as string;

/** A string tensor. */
export const textTensor = (texts: readonly string[], dims: readonly number[]): Tensor =>
  tensor('string', [...texts], dims);

/** An int64 tensor out of numbers. */
export const int64Tensor = (values: readonly number[], dims: readonly number[]): Tensor =>
  tensor(
    'int64',
    BigInt64Array.from(values, (value) => BigInt(value)),
    dims,
  );

/** Throws a DataError that names the operator. */
export const dataError = (
  type: string,
  what: string,
  rule: string,
  more: { readonly actual?: string; readonly hint?: string; readonly cause?: unknown } = {},
): never => {
  throw new DataError({ where: label(type), what, rule, ...more });
};

/** Values made out of a node's attributes once: a session keeps the object of its node's attributes. */
export const oncePerNode = <A extends object, V>(make: (attributes: A) => V): ((a: A) => V) => {
  const known = new WeakMap<A, V>();
  return (attributes) => {
    const found = known.get(attributes);
    if (found !== undefined) return found;
    const made = make(attributes);
    known.set(attributes, made);
    return made;
  };
};
