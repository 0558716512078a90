// WebGPU form of TemplateOp: one invocation an element. Other types than float32 take the JS kernel.

import { sizeOf, type Shader } from '../../../src/schema/index.ts';
import type { TemplateOpSchema } from './schema.ts';

const workgroupSize = 64;

const source = `
struct Uniforms { size: u32, sharpness: f32, unused0: u32, unused1: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> uniforms: Uniforms;

@compute @workgroup_size(${workgroupSize})
fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let i = id.x + id.y * groups.x * ${workgroupSize}u;
  if (i >= uniforms.size) { return; }
  let scaled = uniforms.sharpness * x[i];
  y[i] = scaled / (1.0 + abs(scaled));
}
`;

/** TemplateOp in WebGPU. */
export const shader: Shader<TemplateOpSchema> = {
  types: { T: ['float32'] },
  plan: ({ x }, { sharpness }, { maxComputeWorkgroupsPerDimension }) => {
    const size = sizeOf(x.dims);
    // Sizes and attributes go by uniform, so that one pipeline serves all shapes.
    const uniforms = new ArrayBuffer(16);
    new Uint32Array(uniforms)[0] = size;
    new Float32Array(uniforms)[1] = sharpness;
    const groups = Math.ceil(size / workgroupSize);
    const across = Math.min(groups, maxComputeWorkgroupsPerDimension);
    const down = across === 0 ? 0 : Math.ceil(groups / across);
    return {
      outputs: { y: { dtype: x.dtype, dims: x.dims } },
      passes: [
        {
          key: 'com.example::TemplateOp',
          source: () => source,
          bindings: [{ input: 'x' }, { output: 'y' }],
          uniforms,
          dispatch: [across, down, 1],
        },
      ],
    };
  },
};
