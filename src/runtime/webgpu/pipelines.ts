// Compute pipelines: created asynchronously, kept by key for each operator on each device, shared by executors of a device.

import { messageOf, RuntimeError, type OpDefinition, type ShaderPass } from '../../schema/index.ts';
import { scoped, shaderStageCompute } from './device.ts';

/** A pipeline and the layout of its only bind group. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** Set once work with it passed the device's validation. */
  proven: boolean;
}

type Kept = Map<string, Promise<Pipeline>>;
const keptByDevice = new WeakMap<GPUDevice, WeakMap<OpDefinition, Kept>>();

const keptFor = (device: GPUDevice, op: OpDefinition): Kept => {
  let ofDevice = keptByDevice.get(device);
  if (ofDevice === undefined) keptByDevice.set(device, (ofDevice = new WeakMap()));
  let kept = ofDevice.get(op);
  if (kept === undefined) ofDevice.set(op, (kept = new Map()));
  return kept;
};

/** Types of the bindings in order: inputs are `var<storage, read>`, outputs and scratch memory `var<storage, read_write>`. */
const bindingTypes = (pass: ShaderPass): GPUBufferBindingType[] => [
  ...pass.bindings.map((binding) =>
    'input' in binding ? ('read-only-storage' as const) : ('storage' as const),
  ),
  ...(pass.uniforms === undefined ? [] : ['uniform' as const]),
];

const linesOf = (source: string, messages: readonly GPUCompilationMessage[]): string => {
  const lines = source.split('\n');
  return messages
    .filter(({ type }) => type === 'error')
    .map(({ lineNum, linePos, message }) => {
      const text = lines[lineNum - 1]?.trim();
      return `${lineNum}:${linePos} ${message}${text === undefined ? '' : ` at \`${text}\``}`;
    })
    .join('; ');
};

const compile = async (
  device: GPUDevice,
  op: OpDefinition,
  pass: ShaderPass,
  types: readonly GPUBufferBindingType[],
): Promise<Pipeline> => {
  const code = pass.source();
  const label = `${op.label} ${pass.key}`;
  const { value, error } = scoped(device, () => {
    const module = device.createShaderModule({ code, label });
    const layout = device.createBindGroupLayout({
      label,
      entries: types.map((type, binding) => ({
        binding,
        visibility: shaderStageCompute,
        buffer: { type },
      })),
    });
    const descriptor = {
      label,
      layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    };
    return { module, layout, created: device.createComputePipelineAsync(descriptor) };
  });
  const fail = (why: string, cause?: unknown): never => {
    throw new RuntimeError({
      where: op.label,
      what: `the WGSL of pass ${pass.key}`,
      rule: 'must compile on this device',
      actual: why,
      ...(cause === undefined ? {} : { cause }),
    });
  };
  // The pipeline's rejection is looked at last: the compiler's messages say more.
  const created = value.created.then(
    (pipeline) => ({ pipeline }),
    (reason: unknown) => ({ reason }),
  );
  const { messages } = await value.module.getCompilationInfo();
  const errors = linesOf(code, messages);
  if (errors !== '') fail(errors);
  const invalid = await error;
  if (invalid !== undefined) fail(invalid);
  const result = await created;
  if ('reason' in result) return fail(messageOf(result.reason), result.reason);
  return { pipeline: result.pipeline, layout: value.layout, proven: false };
};

/** The pipeline of a pass, compiled when its key is new on this device. A failure is not kept.
 * @throws {RuntimeError} (rejects) The WGSL does not compile or does not fit its bindings: the compiler's messages, by line. */
export const pipelineOf = (
  device: GPUDevice,
  op: OpDefinition,
  pass: ShaderPass,
): Promise<Pipeline> => {
  const kept = keptFor(device, op);
  const types = bindingTypes(pass);
  const key = `${pass.key}|${types.join()}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = compile(device, op, pass, types);
  kept.set(key, made);
  void made.catch(() => kept.delete(key));
  return made;
};

/** How many pipelines of an operator are kept on a device. */
export const pipelineCount = (device: GPUDevice, op: OpDefinition): number =>
  keptFor(device, op).size;
