// The schema of an operator and the TypeScript types that follow from it: inputs, outputs and attributes by name.

import type { DType } from '../core/dtype.ts';
import type { Tensor } from '../core/tensor.ts';
import type { AttributeSpec, ValueOf } from './attributes.ts';

/** Name, domain, version, inputs, outputs, attributes and type constraints of an operator.
 *
 * Inputs and outputs map a name to a type: a key of `types` (`'T'`) or an element type (`'int64'`), followed by `?`
 * when optional or `...` when variadic (the last one only). The order is the ONNX order. */
export interface OpSchema {
  readonly type: string;
  readonly domain: string;
  readonly version: number;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  readonly types: Readonly<Record<string, readonly DType[]>>;
}

/** Wraps `V` as the type string says: optional, variadic or plain. */
type Wrapped<T extends string, V> = T extends `${string}?`
  ? V | undefined
  : T extends `${string}...`
    ? readonly V[]
    : V;

/** Values of type `V`, one for each input of `S`, by name. */
export type InputsOf<S extends OpSchema, V = Tensor> = {
  readonly [K in keyof S['inputs']]: Wrapped<S['inputs'][K], V>;
};

/** Values of type `V`, one for each output of `S`, by name. */
export type OutputsOf<S extends OpSchema, V = Tensor> = {
  readonly [K in keyof S['outputs']]: Wrapped<S['outputs'][K], V>;
};

/** Attribute values of `S`, defaults filled in. */
export type AttributesOf<S extends OpSchema> = {
  readonly [K in keyof S['attributes']]: ValueOf<S['attributes'][K]>;
};

/** Canonical label of an operator: `ai.sharmix@1::SharMiX`. */
export const labelOf = (schema: Pick<OpSchema, 'type' | 'domain' | 'version'>): string =>
  `${schema.domain}@${schema.version}::${schema.type}`;

/** One input or output, its type string taken apart. */
export interface Port {
  readonly name: string;
  /** Type variable or element type. */
  readonly type: string;
  readonly optional: boolean;
  readonly variadic: boolean;
}

/** Inputs or outputs of a schema in ONNX order. */
export const portsOf = (ports: Readonly<Record<string, string>>): readonly Port[] =>
  Object.entries(ports).map(([name, text]) => ({
    name,
    type: text.replace(/\?$|\.\.\.$/, ''),
    optional: text.endsWith('?'),
    variadic: text.endsWith('...'),
  }));
