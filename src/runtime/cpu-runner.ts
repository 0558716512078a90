// Runs a model whose tensors are on the CPU: sessions of onnxruntime and JS kernels in turn.

import { DTypeError } from '../core/errors.ts';
import { sameShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { BuiltKernel, BuiltModel } from './build.ts';
import { callKernel, inputsOf } from './kernel-call.ts';
import type { Feeds, Fetches, OrtModule, OrtTensor, RunOptions } from './ort-types.ts';
import { fetchesOf, NeededSteps, sessionsOf, type KernelInfo, type Runner } from './runner.ts';
import { fromOrt, toOrt } from './tensors.ts';

/** Copies a result into the tensor the caller gave for it. */
export const fillFetch = (given: OrtTensor, result: Tensor, name: string): OrtTensor => {
  const target = given.location === 'cpu' ? fromOrt(given, `fetch "${name}"`) : undefined;
  if (target?.dtype !== result.dtype || !sameShape(target.dims, result.dims)) {
    throw new DTypeError({
      where: 'InferenceSession.run',
      what: `the tensor given for output "${name}"`,
      rule: `must be a CPU tensor, ${result.dtype} of shape [${result.dims.join(', ')}]`,
      actual: `${given.type} of shape [${given.dims.join(', ')}] (${given.location})`,
    });
  }
  if (Array.isArray(target.data))
    target.data.splice(0, target.data.length, ...(result.data as string[]));
  else (target.data as Float32Array).set(result.data as Float32Array);
  return given;
};

/** An output that no step makes: an input passed through, or a constant. The caller gets data of his own. */
export const passThrough = (
  { constantOutputs }: BuiltModel,
  name: string,
  feeds: Feeds,
): Tensor => {
  const value = constantOutputs.get(name) ?? fromOrt(feeds[name]!, `input "${name}"`);
  return { ...value, data: value.data.slice() } as Tensor;
};

/** Runs on the CPU, in Node or in WebAssembly. */
export class CpuRunner implements Runner {
  readonly kernels: readonly KernelInfo[];
  readonly readbacks = 0;
  readonly #ort: OrtModule;
  readonly #model: BuiltModel;
  readonly #needed: NeededSteps;

  constructor(ort: OrtModule, model: BuiltModel) {
    this.#ort = ort;
    this.#model = model;
    this.#needed = new NeededSteps(model);
    this.kernels = model.steps.flatMap((step) =>
      step.kind === 'kernel'
        ? [{ node: step.kernel.node, op: step.kernel.op.label, form: 'js' as const }]
        : [],
    );
  }

  async run(
    feeds: Feeds,
    fetches: Fetches,
    options: RunOptions,
  ): Promise<Record<string, OrtTensor>> {
    const values = new Map<string, OrtTensor>();
    const { inputNames, outputNames } = this.#model;
    for (const name of inputNames) values.set(name, feeds[name]!);
    const outputs = Object.keys(fetches);
    const steps = this.#needed.of(outputs);
    const isPlain =
      outputs.length === outputNames.length && outputs.every((name) => fetches[name] === null);
    for (const step of steps) {
      if (step.kind === 'segment') {
        const inner: Record<string, OrtTensor> = {};
        for (const name of step.reads) inner[name] = values.get(name)!;
        const results = isPlain
          ? await step.session.run(inner, options)
          : await step.session.run(inner, fetchesOf(step, fetches, steps, outputNames), options);
        for (const name in results) {
          values.set(name, this.#given(fetches[name], results[name]!, name));
        }
      } else {
        const done = this.#runKernel(step, values, fetches);
        if (done !== undefined) await done;
      }
      for (const name of step.dead) values.delete(name);
    }
    return this.#results(values, feeds, fetches);
  }

  async release(): Promise<void> {
    for (const session of sessionsOf(this.#model)) await session.release();
  }

  /** The result itself, or the tensor the caller gave for it, filled. */
  #given(given: OrtTensor | null | undefined, result: OrtTensor, name: string): OrtTensor {
    if (given === undefined || given === null || given === result) return result;
    return fillFetch(given, fromOrt(result, `output "${name}"`), name);
  }

  #runKernel(
    { kernel }: BuiltKernel,
    values: Map<string, OrtTensor>,
    fetches: Fetches,
  ): void | Promise<void> {
    const inputs = inputsOf(kernel, (name) => fromOrt(values.get(name)!, kernel.where));
    return callKernel(kernel, inputs, ({ value }, tensor) => {
      values.set(value, this.#given(fetches[value], toOrt(this.#ort, tensor), value));
    });
  }

  #results(
    values: ReadonlyMap<string, OrtTensor>,
    feeds: Feeds,
    fetches: Fetches,
  ): Record<string, OrtTensor> {
    const results: Record<string, OrtTensor> = {};
    for (const name in fetches) {
      const made = feeds[name] === undefined ? values.get(name) : undefined;
      if (made !== undefined) {
        results[name] = made;
        continue;
      }
      const passed = toOrt(this.#ort, passThrough(this.#model, name, feeds));
      results[name] = this.#given(fetches[name], passed, name);
    }
    return results;
  }
}
