// Operators from several packages: nested arrays, versions side by side, and two packages that claim one operator.

import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { install } from '../../../src/runtime/index.ts';
import {
  defineOp,
  missing,
  OpRegistry,
  SchemaError,
  type OpDefinition,
} from '../../../src/schema/index.ts';

const why = missing('a test operator');

const opOf = (type: string, version = 1, name?: string): OpDefinition =>
  defineOp({
    type,
    domain: 'test.packages',
    version,
    inputs: { x: 'T' },
    outputs: { y: 'T' },
    attributes: {},
    types: { T: ['float32'] },
    infer: ({ x }) => ({ y: x }),
    kernel: ({ x }) => ({ y: x }),
    shader: why,
    body: why,
    grad: why,
    ...(name === undefined ? {} : { package: name }),
  });

/** A copy of onnxruntime as far as `install` is concerned, so that each test has its own. */
const copyOf = (): typeof ort => ({
  ...ort,
  registerBackend: () => undefined,
  InferenceSession: Object.assign(() => undefined, {
    create: () => Promise.reject(new Error('no sessions here')),
  }),
});

describe('install with operators of packages', () => {
  it('takes arrays of arrays, the same operator any number of times', () => {
    const [a, b, c] = [opOf('A'), opOf('B'), opOf('C')];
    const copy = copyOf();
    install(copy, { ops: [a, [b, [c, a]], []] });
    install(copy, { ops: [[b]] });
    expect(() => install(copy, { ops: [[[opOf('C')]]] })).toThrow(/test\.packages@1::C/);
  });

  it('names both packages that claim one operator', () => {
    const copy = copyOf();
    install(copy, { ops: [opOf('A', 1, 'first-ops')] });
    expect(() => install(copy, { ops: [opOf('A', 1, '@second/ops')] })).toThrow(
      'test.packages@1::A: the operator is claimed by two definitions, got package first-ops and package @second/ops. Hint: install one of the two, or give one a domain of its own.',
    );
  });

  it('names them within one call, and says so of a definition without a package', () => {
    expect(() => install(copyOf(), { ops: [[opOf('A', 1, 'first-ops')], opOf('A')] })).toThrow(
      'got package first-ops and a definition that names no package',
    );
  });

  it('says how to find a package that is there twice', () => {
    const copies = [opOf('A', 1, 'first-ops'), opOf('A', 1, 'first-ops')];
    expect(() => install(copyOf(), { ops: copies })).toThrow(/npm ls.*npm dedupe/);
  });

  it('adds none of the operators of a call that conflicts', () => {
    const copy = copyOf();
    install(copy, { ops: [opOf('A', 1, 'first-ops')] });
    const fresh = opOf('New', 1, 'second-ops');
    expect(() => install(copy, { ops: [fresh, opOf('A', 1, 'second-ops')] })).toThrow(SchemaError);
    // Another definition of it is welcome: the failed call left nothing behind.
    expect(() => install(copy, { ops: [opOf('New', 1, 'third-ops')] })).not.toThrow();
  });

  it('refuses what is no operator inside an array, with a way out', () => {
    expect(() => install(copyOf(), { ops: [[{} as never]] })).toThrow(
      /must be operators made by defineOp, or arrays of them, got object/,
    );
  });
});

describe('OpRegistry', () => {
  it('keeps versions of an operator side by side, and gives the newest where none is asked for', () => {
    const [one, two] = [opOf('A', 1), opOf('A', 2)];
    const registry = new OpRegistry([two, one]);
    expect(registry.get('test.packages', 'A', 1)).toBe(one);
    expect(registry.get('test.packages', 'A', 2)).toBe(two);
    expect(registry.get('test.packages', 'A')).toBe(two);
    expect(registry.get('test.packages', 'A', 3)).toBeUndefined();
    expect([...registry]).toEqual([two, one]);
  });

  it('finds the operator of a function body told apart by a suffix', () => {
    const op = opOf('A');
    expect(new OpRegistry([op]).get('test.packages', 'A__float64_q', 1)).toBe(op);
  });
});
