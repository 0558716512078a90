// A set of operator definitions, looked up by domain and type. A name claimed twice by different definitions is an error.

import { SchemaError } from '../core/errors.ts';
import type { OpDefinition } from './op.ts';

/** Operators by `domain::type`. */
export class OpRegistry {
  readonly #ops = new Map<string, OpDefinition>();

  constructor(ops: Iterable<OpDefinition> = []) {
    for (const op of ops) this.add(op);
  }

  /** Adds an operator; the same definition twice is fine.
   * @throws {SchemaError} Another definition has the name. */
  add(op: OpDefinition): void {
    const key = `${op.schema.domain}::${op.schema.type}`;
    const known = this.#ops.get(key);
    if (known !== undefined && known !== op) {
      throw new SchemaError({
        where: op.label,
        what: 'operator',
        rule: 'is defined twice',
        actual: `another definition, ${known.label}`,
        hint: 'install one of the two, or give one a domain of its own',
      });
    }
    this.#ops.set(key, op);
  }

  /** The operator of a node, or undefined. A type may carry the suffix that tells function bodies apart: `SharMiX__float64_q`. */
  get(domain: string, type: string): OpDefinition | undefined {
    return this.#ops.get(`${domain}::${type}`) ?? this.#ops.get(`${domain}::${baseType(type)}`);
  }

  /** Whether any operator is of this domain. */
  hasDomain(domain: string): boolean {
    for (const op of this.#ops.values()) if (op.schema.domain === domain) return true;
    return false;
  }

  [Symbol.iterator](): Iterator<OpDefinition> {
    return this.#ops.values();
  }
}

/** The operator's own type out of a node's op_type: everything before the first double underscore. */
export const baseType = (opType: string): string => opType.split('__', 1)[0] ?? opType;
