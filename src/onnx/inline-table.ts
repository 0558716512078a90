// The functions of a model as the inliner calls them: taken apart, found by domain, type and overload, their expanded sizes counted
// before anything is expanded.

import { ModelError } from '../core/errors.ts';
import { fieldsOf, type Field } from './bytes.ts';
import { canonicalDomain, readNode } from './bytes-graph.ts';
import type { FunctionBytes } from './bytes-model.ts';
import { fieldText, fieldTexts, nodeFields } from './rewrite.ts';

/** Field numbers of FunctionProto. */
const functionFields = {
  input: 4,
  output: 5,
  node: 7,
  opsetImport: 9,
  attributeDefault: 11,
  valueInfo: 12,
  overload: 13,
} as const;

/** A function taken apart. */
export interface FunctionParts {
  readonly source: FunctionBytes;
  readonly label: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** AttributeProto payloads of attributes with a default. */
  readonly defaults: ReadonlyMap<string, Uint8Array>;
  readonly nodes: readonly Uint8Array[];
  readonly made: readonly string[];
  readonly valueInfos: readonly Uint8Array[];
  readonly imports: ReadonlyMap<string, number>;
}

/** AttributeProto payloads by name. */
export const attributesByName = (
  payloads: readonly Uint8Array[],
  where: string,
): Map<string, Uint8Array> =>
  new Map(payloads.map((payload) => [fieldText(fieldsOf(payload, where), 1), payload]));

const partsOf = (source: FunctionBytes, where: string): FunctionParts => {
  const fields = fieldsOf(source.bytes, where);
  const payloads = (number: number): readonly Uint8Array[] =>
    fields.filter((f) => f.number === number).map((f) => f.payload);
  const nodes = payloads(functionFields.node);
  const imports = payloads(functionFields.opsetImport).map((payload) => {
    const parts = fieldsOf(payload, where);
    const version = parts.findLast((f) => f.number === 2)?.varint ?? 0;
    return [canonicalDomain(fieldText(parts, 1)), version] as const;
  });
  return {
    source,
    label: `function ${source.domain}::${source.type}`,
    inputs: fieldTexts(fields, functionFields.input),
    outputs: fieldTexts(fields, functionFields.output),
    defaults: attributesByName(payloads(functionFields.attributeDefault), where),
    nodes,
    made: nodes.flatMap((node) => fieldTexts(fieldsOf(node, where), nodeFields.output)),
    valueInfos: payloads(functionFields.valueInfo),
    imports: new Map(imports),
  };
};

const keyOf = (domain: string, type: string, overload: string): string =>
  `${domain}::${type}::${overload}`;

const callKey = (fields: readonly Field[]): string =>
  keyOf(
    canonicalDomain(fieldText(fields, nodeFields.domain)),
    fieldText(fields, nodeFields.type),
    fieldText(fields, nodeFields.overload),
  );

/** The functions that are expanded. */
export class FunctionTable {
  readonly #where: string;
  readonly #maxNodes: number;
  readonly #functions = new Map<string, FunctionParts>();
  readonly #sizes = new Map<FunctionParts, number>();

  constructor(functions: readonly FunctionBytes[], maxNodes: number, where: string) {
    this.#where = where;
    this.#maxNodes = maxNodes;
    for (const source of functions) {
      const overload = fieldText(fieldsOf(source.bytes, where), functionFields.overload);
      const key = keyOf(source.domain, source.type, overload);
      const parts = partsOf(source, where);
      if (this.#functions.has(key)) this.#fail(parts.label, 'must be defined once');
      this.#functions.set(key, parts);
    }
  }

  /** The function that a node calls, if it is one. */
  called(fields: readonly Field[]): FunctionParts | undefined {
    return this.#functions.get(callKey(fields));
  }

  /** Nodes after expansion.
   * @throws {ModelError} A function calls itself, or the nodes would be too many. */
  count(nodes: readonly Uint8Array[]): number {
    return this.#count(nodes, []);
  }

  #fail(what: string, rule: string, actual?: string): never {
    const parts = { where: this.#where, what, rule };
    throw new ModelError(actual === undefined ? parts : { ...parts, actual });
  }

  #count(nodes: readonly Uint8Array[], callers: readonly FunctionParts[]): number {
    let count = 0;
    for (const node of nodes) {
      const called = this.called(fieldsOf(node, this.#where));
      count += called === undefined ? 1 : this.#sizeOf(called, callers);
      for (const inner of readNode(node, this.#where).inner) {
        const one = this.called(fieldsOf(inner.bytes, this.#where));
        count += one === undefined ? 1 : this.#sizeOf(one, callers);
      }
      if (count > this.#maxNodes) {
        this.#fail('the expanded model', `must have at most ${this.#maxNodes} nodes`);
      }
    }
    return count;
  }

  #sizeOf(called: FunctionParts, callers: readonly FunctionParts[]): number {
    const known = this.#sizes.get(called);
    if (known !== undefined) return known;
    if (callers.includes(called)) {
      const chain = [...callers.slice(callers.indexOf(called)), called];
      this.#fail(
        called.label,
        'must not call itself',
        chain.map(({ label }) => label).join(' -> '),
      );
    }
    const size = Math.max(1, this.#count(called.nodes, [...callers, called]));
    this.#sizes.set(called, size);
    return size;
  }
}
