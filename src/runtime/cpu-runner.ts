// Runs a model whose tensors are on the CPU: sessions of onnxruntime and JS kernels in turn.

import { DTypeError } from '../core/errors.ts';
import { sameShape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { BuiltKernel, BuiltModel, BuiltSegment } from './build.ts';
import type { BoundOutput } from './bind.ts';
import { callKernel, inputsOf } from './kernel-call.ts';
import type { Profile } from './profile.ts';
import type { Feeds, Fetches, OrtModule, OrtTensor, RunOptions } from './ort-types.ts';
import {
  fetchesOf,
  NeededSteps,
  sessionsOf,
  type KernelInfo,
  type RunControl,
  type Runner,
} from './runner.ts';
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
const passThrough = ({ constantOutputs }: BuiltModel, name: string, feeds: Feeds): Tensor => {
  const value = constantOutputs.get(name) ?? fromOrt(feeds[name]!, `input "${name}"`);
  return { ...value, data: value.data.slice() } as Tensor;
};

/** The commonest model: one session that reads every input of the model, and one kernel on top of it. */
interface Headed {
  readonly segment: BuiltSegment;
  readonly head: BuiltKernel;
}

const headedOf = ({ steps, inputNames, outputNames }: BuiltModel): Headed | undefined => {
  const [segment, head] = steps;
  if (steps.length !== 2 || segment?.kind !== 'segment' || head?.kind !== 'kernel')
    return undefined;
  const isPlain =
    segment.reads.length === inputNames.length &&
    outputNames.every((name) => segment.writes.includes(name) || head.writes.includes(name));
  return isPlain ? { segment, head } : undefined;
};

const isEmpty = (options: RunOptions): boolean => {
  for (const _ in options) return false;
  return true;
};

/** A run that goes step by step. */
interface StepsRun {
  readonly feeds: Feeds;
  readonly fetches: Fetches;
  readonly options: RunOptions;
  /** Whether all outputs are wanted, none in a tensor the caller gives. */
  readonly isPlain: boolean;
  readonly control: RunControl | undefined;
}

/** Runs on the CPU, in Node or in WebAssembly. */
export class CpuRunner implements Runner {
  readonly kernels: readonly KernelInfo[];
  readonly readbacks = 0;
  readonly #ort: OrtModule;
  readonly #model: BuiltModel;
  readonly #inputs: ReadonlySet<string>;
  readonly #needed: NeededSteps;
  readonly #headed: Headed | undefined;

  constructor(ort: OrtModule, model: BuiltModel) {
    this.#ort = ort;
    this.#model = model;
    this.#inputs = new Set(model.inputNames);
    this.#needed = new NeededSteps(model);
    this.#headed = headedOf(model);
    this.kernels = model.steps.flatMap((step) =>
      step.kind === 'kernel' && step.kernel.interpreted === undefined
        ? [{ node: step.kernel.node, op: step.kernel.op.label, form: 'js' as const }]
        : [],
    );
  }

  run(
    feeds: Feeds,
    fetches: Fetches,
    options: RunOptions,
    control: RunControl | undefined,
  ): Promise<Record<string, OrtTensor>> {
    const { outputNames } = this.#model;
    let count = 0;
    let isPlain = true;
    for (const name in fetches) {
      count++;
      if (fetches[name] !== null) isPlain = false;
    }
    if (count !== outputNames.length) isPlain = false;
    const headed = this.#headed;
    return isPlain && headed !== undefined && control === undefined
      ? this.#runHeaded(headed, feeds, options)
      : this.#runSteps({ feeds, fetches, options, isPlain, control });
  }

  async release(): Promise<void> {
    for (const session of sessionsOf(this.#model)) await session.release();
  }

  /** The feeds and the session's results serve as they are: nothing is sorted by name. */
  async #runHeaded(
    { segment, head: { kernel, writes } }: Headed,
    feeds: Feeds,
    options: RunOptions,
  ): Promise<Record<string, OrtTensor>> {
    // Without options onnxruntime need not tell them from fetches.
    const made = await (isEmpty(options)
      ? segment.session.run(feeds)
      : segment.session.run(feeds, options));
    const results: Record<string, OrtTensor> = {};
    const inputs = inputsOf(kernel, (name) =>
      fromOrt(segment.writes.includes(name) ? made[name]! : feeds[name]!, kernel.where),
    );
    const done = callKernel(kernel, inputs, ({ value }, tensor) => {
      results[value] = toOrt(this.#ort, tensor);
    });
    if (done !== undefined) await done;
    const { outputNames } = this.#model;
    const outputs: Record<string, OrtTensor> = {};
    for (const name of outputNames) {
      outputs[name] = writes.includes(name) ? results[name]! : made[name]!;
    }
    return outputs;
  }

  async #runSteps({
    feeds,
    fetches,
    options,
    isPlain,
    control,
  }: StepsRun): Promise<Record<string, OrtTensor>> {
    const values = new Map<string, OrtTensor>();
    const { inputNames, outputNames } = this.#model;
    for (const name of inputNames) values.set(name, feeds[name]!);
    const outputs = Object.keys(fetches);
    const steps = this.#needed.of(outputs);
    for (const step of steps) {
      control?.signal?.throwIfAborted();
      if (step.kind === 'segment') {
        const inner: Record<string, OrtTensor> = {};
        for (const name of step.reads) inner[name] = values.get(name)!;
        const profile = control?.profile;
        const from = profile === undefined ? 0 : performance.now();
        const results = isPlain
          ? await step.session.run(inner, options)
          : await step.session.run(inner, fetchesOf(step, fetches, steps, outputNames), options);
        profile?.segment(step.index, from);
        for (const name in results) {
          values.set(name, this.#given(fetches[name], results[name]!, name));
        }
      } else {
        const done = this.#runKernel(step, values, fetches, control?.profile);
        if (done !== undefined) await done;
      }
      for (const name of step.dead) values.delete(name);
    }
    control?.signal?.throwIfAborted();
    return this.#results(values, feeds, fetches);
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
    profile: Profile | undefined,
  ): void | Promise<void> {
    const inputs = inputsOf(kernel, (name) => fromOrt(values.get(name)!, kernel.where));
    const write = ({ value }: BoundOutput, tensor: Tensor): void => {
      values.set(value, this.#given(fetches[value], toOrt(this.#ort, tensor), value));
    };
    return profile === undefined
      ? callKernel(kernel, inputs, write)
      : profile.time(kernel, inputs, write);
  }

  #results(
    values: ReadonlyMap<string, OrtTensor>,
    feeds: Feeds,
    fetches: Fetches,
  ): Record<string, OrtTensor> {
    const results: Record<string, OrtTensor> = {};
    for (const name in fetches) {
      // A feed of an output's name is no input: onnxruntime-node leaves it aside.
      const made = this.#inputs.has(name) ? undefined : values.get(name);
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
