// The plan of SharMiX's shader: which pipeline, which bindings, how large a dispatch, what it refuses. No device needed.

import { describe, expect, it } from 'vitest';
import { planForward } from '../../ops/sharmix/shader/plan.ts';
import type { SharmixAttributes } from '../../ops/sharmix/schema.ts';
import {
  DTypeError,
  float16Bits,
  ShapeError,
  type ShaderDevice,
  type TensorMeta,
} from '../../src/schema/index.ts';

const device: ShaderDevice = {
  subgroups: true,
  shaderF16: false,
  maxComputeWorkgroupsPerDimension: 65_535,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16_384,
  maxStorageBufferBindingSize: 2 ** 27,
};
const attributes: SharmixAttributes = { axis: -1, temperature: 1, coupling: 'exact' };
const logits = (...dims: number[]): TensorMeta => ({ dtype: 'float32', dims });
const known = (value: number): TensorMeta => ({
  dtype: 'float32',
  dims: [],
  data: Float32Array.of(value),
});
const hidden: TensorMeta = { dtype: 'float32', dims: [] };

interface Inputs {
  readonly logits: TensorMeta;
  readonly q?: TensorMeta | undefined;
  readonly r?: TensorMeta | undefined;
}
const plan = (inputs: Inputs, changed: Partial<SharmixAttributes> = {}, on = device) =>
  planForward({ q: undefined, r: undefined, ...inputs }, { ...attributes, ...changed }, on);
const keyOf = (inputs: Inputs, changed?: Partial<SharmixAttributes>): string =>
  plan(inputs, changed).passes[0]!.key;

describe('the plan of the forward shader', () => {
  it('shares one pipeline among shapes, axes, temperatures and known values of one kind', () => {
    const keys = [
      keyOf({ logits: logits(4, 8) }),
      keyOf({ logits: logits(32) }),
      keyOf({ logits: logits(8, 4), q: known(1.5) }, { axis: 0 }),
      keyOf({ logits: logits(2, 3, 5), q: known(2), r: known(1.5) }, { temperature: 0.1 }),
      keyOf({ logits: logits(5), q: known(1.5), r: known(1) }, { coupling: 'entmax' }),
    ];
    expect(new Set(keys).size).toBe(1);
  });

  it('compiles the search for several maxima in only where there may be some', () => {
    const row = { logits: logits(8) };
    const scans = (inputs: Partial<Inputs>, changed?: Partial<SharmixAttributes>): boolean =>
      keyOf({ ...row, ...inputs }, changed).endsWith(' scan');
    expect(scans({ q: known(1.5), r: known(1.25) })).toBe(true);
    expect(scans({ q: known(1.5), r: hidden })).toBe(true);
    expect(scans({ q: hidden, r: known(2) })).toBe(true);
    expect(scans({ q: known(1.5), r: known(1.5) })).toBe(false);
    expect(scans({ q: hidden })).toBe(false);
    expect(scans({ r: known(1) })).toBe(false);
    expect(scans({ q: hidden, r: hidden }, { coupling: 'entmax' })).toBe(false);
  });

  it('binds q and r only where their values are on the device', () => {
    const inputsOf = (inputs: Inputs) =>
      plan(inputs).passes[0]!.bindings.flatMap((b) => ('input' in b ? [b.input] : []));
    expect(inputsOf({ logits: logits(3), q: known(1.5), r: known(2) })).toEqual(['logits']);
    expect(inputsOf({ logits: logits(3), q: hidden })).toEqual(['logits', 'q']);
    expect(inputsOf({ logits: logits(3), r: hidden })).toEqual(['logits', 'r']);
    expect(inputsOf({ logits: logits(3), q: hidden, r: hidden })).toEqual(['logits', 'q', 'r']);
  });

  it('covers every row of a dispatch, within the limit of workgroups in each dimension', () => {
    for (const [n, perGroup] of [
      [3, 64],
      [100, 16],
      [5000, 1],
    ] as const) {
      for (const rows of [1, 7, 64, 65_536, 1_000_001]) {
        const { dispatch, uniforms } = plan({ logits: logits(rows, n) }).passes[0]!;
        const [count, , , rowsPerGroup] = new Uint32Array(uniforms!);
        expect(count).toBe(rows);
        expect(rowsPerGroup).toBeLessThanOrEqual(perGroup);
        expect(dispatch[0] * dispatch[1] * rowsPerGroup!).toBeGreaterThanOrEqual(rows);
        expect(Math.max(...dispatch)).toBeLessThanOrEqual(65_535);
      }
    }
  });

  it('dispatches nothing for an empty tensor', () => {
    for (const dims of [
      [0, 3],
      [3, 0],
    ]) {
      const { outputs, passes } = plan({ logits: { dtype: 'float16', dims } });
      expect(outputs.probabilities.dims).toEqual(dims);
      expect(passes.every(({ dispatch }) => dispatch.includes(0))).toBe(true);
    }
  });

  it('narrows float16 in a second pass', () => {
    const q: TensorMeta = { dtype: 'float16', dims: [1], data: Uint16Array.of(float16Bits(1.5)) };
    const { outputs, passes } = plan({ logits: { dtype: 'float16', dims: [3, 5] }, q });
    expect(outputs.probabilities.dtype).toBe('float16');
    expect(passes.map(({ key }) => key.split(' ', 1)[0])).toEqual(['forward', 'narrow']);
    expect(new Float32Array(passes[0]!.uniforms!)[6]).toBe(1.5);
  });

  it('refuses known indices out of range, indices of another type or shape, a wrong axis', () => {
    expect(() => plan({ logits: logits(3), q: known(2.5) })).toThrow(
      'ai.sharmix@1::SharMiX: q must be in [1, 2], got 2.5.',
    );
    expect(() => plan({ logits: logits(3), q: hidden, r: known(NaN) })).toThrow(RangeError);
    expect(() => plan({ logits: logits(3), q: { dtype: 'float16', dims: [] } })).toThrow(
      DTypeError,
    );
    expect(() => plan({ logits: logits(3), q: { dtype: 'float32', dims: [2] } })).toThrow(
      ShapeError,
    );
    expect(() => plan({ logits: logits(3) }, { axis: 1 })).toThrow(ShapeError);
    expect(() => plan({ logits: logits() })).toThrow(ShapeError);
  });
});
