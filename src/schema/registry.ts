// A set of operator definitions, looked up by domain, type and version. One operator claimed by two definitions is an error.

import { SchemaError } from '../core/errors.ts';
import type { OpDefinition } from './op.ts';

/** Operators as packages hand them out: one, a list, lists of lists. */
export type OpList = OpDefinition | readonly OpList[];

/** Whether a value is an operator, as defineOp makes them. */
export const isOp = (value: unknown): value is OpDefinition =>
  typeof value === 'object' &&
  value !== null &&
  'schema' in value &&
  'kernel' in value &&
  typeof value.kernel === 'function';

/** The operators of nested lists, in order, each once.
 * @param where - The call they were given to, for messages.
 * @throws {SchemaError} Something in the lists was not made by defineOp. */
export const opsOf = (list: OpList, where: string): readonly OpDefinition[] => {
  const found = new Set<OpDefinition>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value as readonly unknown[]) visit(one);
    else if (isOp(value)) found.add(value);
    else {
      throw new SchemaError({
        where,
        what: 'ops',
        rule: 'must be operators made by defineOp, or arrays of them',
        actual: value === null ? 'null' : typeof value,
        hint: 'check the name of the import: a package may export its operators one by one or as an array',
      });
    }
  };
  visit(list);
  return [...found];
};

/** Whose a definition is, for messages. */
const ownerOf = ({ package: name }: OpDefinition): string =>
  name === undefined ? 'a definition that names no package' : `package ${name}`;

/** Operators by domain, type and version. */
export class OpRegistry {
  /** Versions of each `domain::type`. */
  readonly #ops = new Map<string, Map<number, OpDefinition>>();

  constructor(ops: Iterable<OpDefinition> = []) {
    this.addAll(ops);
  }

  /** Adds an operator; the same definition twice is fine, another version stands beside it.
   * @throws {SchemaError} Another definition claims the same domain, type and version: both packages are named. */
  add(op: OpDefinition): void {
    this.#check(op, this.#known(op));
    const key = `${op.schema.domain}::${op.schema.type}`;
    const versions = this.#ops.get(key) ?? new Map<number, OpDefinition>();
    versions.set(op.schema.version, op);
    this.#ops.set(key, versions);
  }

  /** Adds operators, all or none.
   * @throws {SchemaError} As {@link add}. */
  addAll(ops: Iterable<OpDefinition>): void {
    const added = new Map<string, OpDefinition>();
    for (const op of ops) {
      this.#check(op, this.#known(op) ?? added.get(op.label));
      added.set(op.label, op);
    }
    for (const op of added.values()) this.add(op);
  }

  /** The operator of a node, or undefined. A type may carry the suffix that tells function bodies apart: `SharMiX__float64_q`.
   * @param version - The version the model imports; left out: the newest. */
  get(domain: string, type: string, version?: number): OpDefinition | undefined {
    const versions =
      this.#ops.get(`${domain}::${type}`) ?? this.#ops.get(`${domain}::${baseType(type)}`);
    if (versions === undefined) return undefined;
    return versions.get(version ?? Math.max(...versions.keys()));
  }

  /** Whether any operator is of this domain. */
  hasDomain(domain: string): boolean {
    for (const op of this) if (op.schema.domain === domain) return true;
    return false;
  }

  *[Symbol.iterator](): Generator<OpDefinition> {
    for (const versions of this.#ops.values()) yield* versions.values();
  }

  #known({ schema }: OpDefinition): OpDefinition | undefined {
    return this.#ops.get(`${schema.domain}::${schema.type}`)?.get(schema.version);
  }

  #check(op: OpDefinition, known: OpDefinition | undefined): void {
    if (known === undefined || known === op) return;
    const isCopy = known.package !== undefined && known.package === op.package;
    throw new SchemaError({
      where: op.label,
      what: 'the operator',
      rule: 'is claimed by two definitions',
      actual: `${ownerOf(known)} and ${ownerOf(op)}`,
      hint: isCopy
        ? 'two copies of the package are loaded: `npm ls` shows where from, `npm dedupe` may leave one'
        : 'install one of the two, or give one a domain of its own',
    });
  }
}

/** The operator's own type out of a node's op_type: everything before the first double underscore. */
export const baseType = (opType: string): string => opType.split('__', 1)[0] ?? opType;
