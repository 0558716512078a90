// Runs SharMiX's forward shader on one device in a form the tests choose, and judges rows against the float64 reference.

import type { AttributeValue } from '../../../src/schema/index.ts';
import {
  defineOp,
  float16ToFloat32,
  float32ToFloat16,
  missing,
  rowsAlong,
  tensor,
  type OpDefinition,
  type Tensor,
} from '../../../src/schema/index.ts';
import { WebGpuExecutor } from '../../../src/runtime/webgpu/index.ts';
import { sharmix as reference } from '../../../ops/sharmix/math/index.ts';
import { schema, type Coupling } from '../../../ops/sharmix/schema.ts';
import { shader } from '../../../ops/sharmix/shader.ts';
import { planForward, type ForwardChoice } from '../../../ops/sharmix/shader/plan.ts';
import { createDevice } from './device.ts';

/** What a device is told to be smaller than it is. */
export interface Narrowed {
  /** Workgroups in one dimension of a dispatch. */
  readonly workgroups?: number;
}

/** SharMiX with its shader alone, the row kind as chosen. */
export const shaderOp = (choice: ForwardChoice = {}, { workgroups }: Narrowed = {}): OpDefinition =>
  defineOp({
    ...schema,
    infer: ({ logits }) => ({ probabilities: logits }),
    kernel: () => {
      throw new Error('The shader is what is tested here.');
    },
    shader: {
      ...shader,
      plan: (inputs, attributes, device) => {
        const { maxComputeWorkgroupsPerDimension: limit } = device;
        const narrowed = { ...device, maxComputeWorkgroupsPerDimension: workgroups ?? limit };
        return planForward(inputs, attributes, narrowed, choice);
      },
    },
    body: missing('the shader is what is tested here'),
    grad: missing('the shader is what is tested here'),
  });

/** What a run is given beside the logits. */
export interface Settings {
  readonly q?: number | undefined;
  readonly r?: number | undefined;
  readonly temperature?: number;
  readonly coupling?: Coupling;
  readonly axis?: number;
  /** q and r are on the device only: the shader finds out what they are. */
  readonly hidden?: boolean;
}

/** The forward shader on one device. */
export class ShaderRunner {
  readonly executor: WebGpuExecutor;
  readonly #op: OpDefinition;

  constructor(executor: WebGpuExecutor, choice: ForwardChoice = {}, narrowed: Narrowed = {}) {
    this.executor = executor;
    this.#op = shaderOp(choice, narrowed);
  }

  /** Runs logits of float32 or float16; q and r take the logits' type. */
  async run(logits: Tensor, settings: Settings = {}): Promise<Tensor> {
    const { executor } = this;
    const index = (value: number | undefined): Tensor | undefined => {
      if (value === undefined) return undefined;
      return logits.dtype === 'float16'
        ? tensor('float16', float32ToFloat16([value]), [])
        : tensor('float32', Float32Array.of(value), []);
    };
    const uploaded = Object.entries({ logits, q: index(settings.q), r: index(settings.r) }).map(
      ([name, value]) => [name, value === undefined ? undefined : executor.upload(value)] as const,
    );
    const visible = uploaded.map(([name, gpu]) => {
      if (gpu === undefined || settings.hidden !== true) return [name, gpu] as const;
      const { dtype, dims, buffer } = gpu;
      return [name, { dtype, dims, buffer }] as const;
    });
    const { axis = -1, temperature = 1, coupling = 'exact' } = settings;
    const attributes: Record<string, AttributeValue> = { axis, temperature, coupling };
    try {
      const { probabilities } = await executor.run(
        this.#op,
        Object.fromEntries(visible),
        attributes,
      );
      if (probabilities === undefined || !('buffer' in probabilities)) throw new Error('no output');
      const result = await executor.download(probabilities);
      executor.release(probabilities);
      return result;
    } finally {
      for (const [, gpu] of uploaded) if (gpu !== undefined) executor.release(gpu);
    }
  }

  dispose(): void {
    this.executor.dispose();
    this.executor.device.destroy();
  }
}

/** A runner on a device of its own. */
export const createRunner = async (
  choice: ForwardChoice = {},
  { subgroups = true } = {},
): Promise<ShaderRunner> =>
  new ShaderRunner(new WebGpuExecutor(await createDevice({ subgroups })), choice);

/** The values of a float32 or float16 tensor. */
export const valuesOf = (t: Tensor): Float32Array => {
  if (t.dtype === 'float32') return t.data;
  if (t.dtype === 'float16') return float16ToFloat32(t.data);
  throw new Error(`no floats: ${t.dtype}`);
};

/** The reference at float32-rounded inputs, row by row along the axis. */
export const expected = (logits: Tensor, settings: Settings): Float64Array => {
  const { axis = -1, temperature = 1, coupling = 'exact' } = settings;
  const { outer, n, inner } = rowsAlong(logits.dims, axis, 'test');
  const values = valuesOf(logits);
  const round = (value: number | undefined): number | undefined => {
    if (value === undefined) return undefined;
    return logits.dtype === 'float16'
      ? float16ToFloat32(float32ToFloat16([value]))[0]
      : Math.fround(value);
  };
  const options = {
    q: round(settings.q),
    r: round(settings.r),
    temperature: Math.fround(temperature),
    coupling,
  };
  const out = new Float64Array(values.length);
  for (let row = 0; row < outer * inner; row++) {
    const base = Math.floor(row / inner) * n * inner + (row % inner);
    const z = Float64Array.from({ length: n }, (_, i) => values[base + i * inner]!);
    reference(z, options).forEach((p, i) => (out[base + i * inner] = p));
  }
  return out;
};

/** Largest absolute difference; NaN must meet NaN. */
export const largestError = (actual: ArrayLike<number>, wanted: ArrayLike<number>): number => {
  if (actual.length !== wanted.length) return NaN;
  let largest = 0;
  for (let i = 0; i < actual.length; i++) {
    const [a, b] = [actual[i]!, wanted[i]!];
    if (Number.isNaN(a) && Number.isNaN(b)) continue;
    const error = Math.abs(a - b);
    if (!(error <= largest)) largest = error;
  }
  return largest;
};

/** How many entries are zero in one and not in the other; a reference below the normal float32 counts as either. */
export const zerosApart = (actual: ArrayLike<number>, wanted: ArrayLike<number>): number => {
  let apart = 0;
  for (let i = 0; i < actual.length; i++) {
    const [a, b] = [actual[i]!, wanted[i]!];
    if (a === 0 ? b > 2 ** -126 : b === 0) apart++;
  }
  return apart;
};
