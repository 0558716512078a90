// Attribute specifications of an operator: int(-1), float(1), enumeration('exact', 'entmax'), ... and their values in TypeScript.

import { SchemaError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';

/** Kind of an attribute, as in ONNX `AttributeProto` (enumeration: a string out of a list). */
export type AttributeKind = 'int' | 'float' | 'string' | 'ints' | 'floats' | 'strings' | 'tensor';

/** TypeScript type of each kind's value. */
export interface AttributeTypes {
  int: number;
  float: number;
  string: string;
  ints: readonly number[];
  floats: readonly number[];
  strings: readonly string[];
  tensor: Tensor;
}

/** Any attribute value. */
export type AttributeValue = AttributeTypes[AttributeKind];

/** What an operator says of one attribute. No default means: required. */
export interface AttributeSpec<V extends AttributeValue = AttributeValue> {
  readonly kind: AttributeKind;
  readonly default: V | undefined;
  /** Allowed strings, for an enumeration. */
  readonly values?: readonly V[];
  /** A rule the value must satisfy, in words, and its test. */
  readonly rule?: ValueRule<V>;
}

/** A rule for a value: `rule('must be > 0', (t) => t > 0)`. */
export interface ValueRule<V> {
  readonly text: string;
  holds(value: V): boolean;
}

const spec =
  <K extends AttributeKind>(kind: K) =>
  (
    defaultValue?: AttributeTypes[K],
    rule?: ValueRule<AttributeTypes[K]>,
  ): AttributeSpec<AttributeTypes[K]> => ({
    kind,
    default: defaultValue,
    ...(rule === undefined ? {} : { rule }),
  });

/** An integer attribute (int64 in ONNX). */
export const int = spec('int');
/** A float attribute (float32 in ONNX). */
export const float = spec('float');
/** A string attribute. */
export const string = spec('string');
/** A list of integers. */
export const ints = spec('ints');
/** A list of floats. */
export const floats = spec('floats');
/** A list of strings. */
export const strings = spec('strings');
/** A tensor attribute. */
export const tensorAttribute = spec('tensor');

/** A string attribute out of a list; the first is the default. */
export const enumeration = <const V extends readonly [string, ...string[]]>(
  ...values: V
): AttributeSpec<V[number]> => ({ kind: 'string', default: values[0], values });

/** The value type of a specification. */
export type ValueOf<A> = A extends AttributeSpec<infer V> ? V : never;

const isKind = (kind: AttributeKind, value: unknown): boolean => {
  switch (kind) {
    case 'int':
      return Number.isSafeInteger(value);
    case 'float':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'ints':
      return Array.isArray(value) && value.every((v) => Number.isSafeInteger(v));
    case 'floats':
      return Array.isArray(value) && value.every((v) => typeof v === 'number');
    case 'strings':
      return Array.isArray(value) && value.every((v) => typeof v === 'string');
    case 'tensor':
      return typeof value === 'object' && value !== null && 'dtype' in value;
  }
};

const checkValue = (where: string, name: string, spec: AttributeSpec, value: unknown): void => {
  const fail = (rule: string, hint?: string): never => {
    throw new SchemaError({
      where,
      what: `attribute ${name}`,
      rule,
      actual: JSON.stringify(value) ?? String(value),
      ...(hint === undefined ? {} : { hint }),
    });
  };
  if (!isKind(spec.kind, value)) fail(`must be of kind ${spec.kind}`);
  if (spec.values !== undefined && !spec.values.includes(value as AttributeValue)) {
    fail(`must be one of ${spec.values.map((v) => JSON.stringify(v)).join(', ')}`);
  }
  if (spec.rule !== undefined && !spec.rule.holds(value as AttributeValue)) fail(spec.rule.text);
};

/** Attributes with defaults filled in, checked against their specifications.
 * @param where - Label of the operator (and node), for messages.
 * @throws {SchemaError} Unknown name, missing required attribute, wrong kind, value against its rule. */
export const resolveAttributes = (
  where: string,
  specs: Readonly<Record<string, AttributeSpec>>,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, AttributeValue>> => {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(specs, name)) continue;
    throw new SchemaError({
      where,
      what: `attribute ${name}`,
      rule: 'is not in the schema',
      hint: `the schema has ${Object.keys(specs).join(', ') || 'no attributes'}`,
    });
  }
  const resolved: Record<string, AttributeValue> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name] ?? spec.default;
    if (value === undefined) {
      throw new SchemaError({ where, what: `attribute ${name}`, rule: 'is required' });
    }
    checkValue(where, name, spec, value);
    resolved[name] = value as AttributeValue;
  }
  return resolved;
};
