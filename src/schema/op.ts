// defineOp: a schema and its forms become an operator definition that runtime, exporter and tests take.

import { isDType } from '../core/dtype.ts';
import { SchemaError } from '../core/errors.ts';
import type { Forms } from './forms.ts';
import { labelOf, portsOf, type OpSchema } from './types.ts';

/** An operator: its schema, its label and its forms, the types of its ports erased. Made by {@link defineOp}. */
export interface OpDefinition extends Forms<OpSchema> {
  readonly schema: OpSchema;
  /** `ai.sharmix@1::SharMiX` */
  readonly label: string;
  /** The npm package the definition comes from, for messages; undefined where it does not say. */
  readonly package?: string;
}

/** A schema by its parts. */
interface SchemaOf<
  I extends OpSchema['inputs'],
  O extends OpSchema['outputs'],
  A extends OpSchema['attributes'],
  T extends OpSchema['types'],
> extends OpSchema {
  readonly inputs: I;
  readonly outputs: O;
  readonly attributes: A;
  readonly types: T;
}

const fail = (label: string, what: string, rule: string, actual?: string): never => {
  throw new SchemaError({
    where: label,
    what,
    rule,
    ...(actual === undefined ? {} : { actual }),
  });
};

/** Checks a schema: names, type strings, order of optional and variadic ports.
 * @throws {SchemaError} The first rule that is broken. */
export const checkSchema = (schema: OpSchema): void => {
  const label = labelOf(schema);
  if (!/^[A-Za-z_]\w*$/.test(schema.type))
    fail(label, 'type', 'must be an identifier', schema.type);
  if (schema.domain === '' || schema.domain === 'ai.onnx') {
    fail(label, 'domain', 'must be one of your own, not the standard ONNX domain', schema.domain);
  }
  if (!Number.isInteger(schema.version) || schema.version < 1) {
    fail(label, 'version', 'must be an integer >= 1', String(schema.version));
  }
  for (const [kind, ports] of [
    ['input', portsOf(schema.inputs)],
    ['output', portsOf(schema.outputs)],
  ] as const) {
    ports.forEach((port, i) => {
      if (!Object.hasOwn(schema.types, port.type) && !isDType(port.type)) {
        fail(
          label,
          `${kind} ${port.name}`,
          'must name a type variable or an element type',
          port.type,
        );
      }
      if (port.variadic && i !== ports.length - 1) {
        fail(label, `${kind} ${port.name}`, 'is variadic and must be the last');
      }
    });
  }
  if (Object.keys(schema.outputs).length === 0) fail(label, 'outputs', 'must not be empty');
};

/** Defines an operator: the schema's fields and its forms in one object.
 *
 * @example
 * ```ts
 * const double = defineOp({
 *   type: 'Double', domain: 'com.example', version: 1,
 *   inputs: { x: 'T' }, outputs: { y: 'T' }, attributes: {}, types: { T: ['float32'] },
 *   infer: ({ x }) => ({ y: x }),
 *   kernel: ({ x }) => ({ y: tensor('float32', Float32Array.from(x.data as Float32Array, (v) => 2 * v), x.dims) }),
 *   shader: missing('small'), body: missing('small'), grad: missing('not trained'),
 * });
 * ```
 * @throws {SchemaError} The schema breaks a rule. */
export const defineOp = <
  const I extends OpSchema['inputs'],
  const O extends OpSchema['outputs'],
  const A extends OpSchema['attributes'],
  const T extends OpSchema['types'],
>(
  // Inferred part by part: as one type parameter the schema would be inferred from the forms too, and lose its literals.
  definition: SchemaOf<I, O, A, T> &
    Forms<SchemaOf<NoInfer<I>, NoInfer<O>, NoInfer<A>, NoInfer<T>>> & {
      /** The npm package the definition comes from: named where another package claims the same operator. */
      readonly package?: string;
    },
): OpDefinition => {
  const { type, domain, version, inputs, outputs, attributes, types } = definition;
  const schema: OpSchema = { type, domain, version, inputs, outputs, attributes, types };
  checkSchema(schema);
  const { infer, kernel, shader, body, grad } = definition;
  // The forms are called with values checked against this very schema: the one place where the port types are erased.
  const forms = { infer, kernel, shader, body, grad } as unknown as Forms<OpSchema>;
  const { package: name } = definition;
  return {
    schema,
    label: labelOf(schema),
    ...(name === undefined ? {} : { package: name }),
    ...forms,
  };
};

/** A schema on its own, its literal types kept, for an operator whose forms live in files of their own. */
export const defineSchema = <const S extends OpSchema>(schema: S): S => schema;
