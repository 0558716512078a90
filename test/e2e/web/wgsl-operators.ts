// Two small operators for the tests of the WebGPU executor, and a way to run one.

import type { WebGpuExecutor } from '../../../src/runtime/webgpu/index.ts';
import {
  defineOp,
  float,
  missing,
  sizeOf,
  tensor,
  type OpDefinition,
  type Tensor,
} from '../../../src/schema/index.ts';

/** Source of {@link scaleOp}. */
export const scaleSource = `
struct Sizes { count: u32, factor: f32, };
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < sizes.count) { y[id.x] = sizes.factor * x[id.x]; }
}`;

/** y = factor * x, the WGSL and the dispatch as the test wants them. */
export const scaleOp = (
  source = scaleSource,
  groups = (count: number) => Math.ceil(count / 64),
): OpDefinition =>
  defineOp({
    type: 'Scale',
    domain: 'test.sharmix',
    version: 1,
    inputs: { x: 'T' },
    outputs: { y: 'T' },
    attributes: { factor: float(1) },
    types: { T: ['float32', 'float64'] },
    infer: ({ x }) => ({ y: x }),
    kernel: ({ x }) => ({ y: x }),
    shader: {
      types: { T: ['float32'] },
      plan: ({ x }, { factor }) => {
        const count = sizeOf(x.dims);
        const uniforms = new ArrayBuffer(16);
        new Uint32Array(uniforms)[0] = count;
        new Float32Array(uniforms)[1] = factor;
        return {
          outputs: { y: { dtype: x.dtype, dims: x.dims } },
          passes: [
            {
              key: 'scale',
              source: () => source,
              bindings: [{ input: 'x' }, { output: 'y' }],
              uniforms,
              dispatch: [groups(count), 1, 1],
            },
          ],
        };
      },
    },
    body: missing('a test operator'),
    grad: missing('a test operator'),
  });

/** Concatenates int64 words of any number of inputs, through scratch memory, the flag choosing the order. */
export const joinOp: OpDefinition = defineOp({
  type: 'Join',
  domain: 'test.sharmix',
  version: 1,
  inputs: { last: 'bool?', parts: 'int64...' },
  outputs: { joined: 'int64', unused: 'int64?' },
  attributes: {},
  types: {},
  infer: ({ parts }) => ({ joined: parts[0]!, unused: undefined }),
  kernel: ({ parts }) => ({ joined: parts[0]!, unused: undefined }),
  shader: {
    types: {},
    plan: ({ parts, last }) => {
      const counts = parts.map(({ dims }) => sizeOf(dims));
      let offset = 0;
      const size = counts.reduce((a, b) => a + b, 0);
      const passes = counts.map((count, i) => {
        const uniforms = new Uint32Array([2 * count, 2 * offset, 0, 0]).buffer;
        offset += count;
        return {
          key: 'to-scratch',
          source: () => `
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> sizes: vec4u;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  if (id.x < sizes.x) { y[sizes.y + id.x] = x[id.x]; }
}`,
          bindings: [{ input: `parts.${i}` }, { scratch: 'all', sizeBytes: 8 * size }],
          uniforms,
          dispatch: [2 * count, 1, 1] as const,
        };
      });
      const copy = {
        key: last === undefined ? 'copy' : 'copy-flag',
        source: () => `
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
${last === undefined ? 'const flag = 0u;' : '@group(0) @binding(2) var<storage, read> flags: array<u32>;'}
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  ${last === undefined ? '' : 'let flag = flags[0] & 0xffu;'}
  let source = select(id.x, ${2 * size - 2}u - id.x + 2u * (id.x % 2u), flag == 1u);
  y[id.x] = x[source];
}`,
        bindings: [
          { scratch: 'all', sizeBytes: 8 * size },
          { output: 'joined' },
          ...(last === undefined ? [] : [{ input: 'last' }]),
        ],
        dispatch: [2 * size, 1, 1] as const,
      };
      return {
        outputs: { joined: { dtype: 'int64', dims: [size] }, unused: undefined },
        passes: [...passes, copy],
      };
    },
  },
  body: missing('a test operator'),
  grad: missing('a test operator'),
});

/** A vector. */
export const floats = (...values: number[]): Tensor =>
  tensor('float32', Float32Array.from(values), [values.length]);

/** Uploads the inputs, runs, downloads the first output and releases all. */
export const runOnce = async (
  executor: WebGpuExecutor,
  op: OpDefinition,
  inputs: Record<string, Tensor | readonly Tensor[]>,
  attributes = {},
): Promise<Tensor> => {
  const uploaded = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      'dtype' in value ? executor.upload(value) : value.map((part) => executor.upload(part)),
    ]),
  );
  const outputs = await executor.run(op, uploaded, attributes);
  const output = Object.values(outputs)[0];
  if (output === undefined || !('buffer' in output)) throw new Error('no output');
  const result = await executor.download(output);
  executor.release(output);
  for (const value of Object.values(uploaded).flat()) executor.release(value);
  return result;
};
