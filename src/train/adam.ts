// Adam (Kingma and Ba 2015, dense, bias-corrected) over a model's variables, with a state that can be saved and loaded exactly,
// a gradient clipped by its global norm, and rules of its own for chosen variables. Values equal tfjs's tf.train.adam up to rounding.

import { DataError } from '../core/errors.ts';
import { arraySlot } from './adam-array.ts';
import { resourceSlot } from './adam-resource.ts';
import type { AdamSettings, AdamSlot, Moments, VariableRule } from './adam-slot.ts';
import { l2Loss } from './raw-ops.ts';
import { tf } from './tf.ts';

/** Everything the following steps depend on, beside the variables. */
export interface AdamState {
  readonly step: number;
  /** `beta1^step` and `beta2^step`. */
  readonly betaPowers: readonly [number, number];
  /** For each variable, in order. */
  readonly moments: readonly Moments[];
}

/** How Adam steps. */
export interface AdamOptions extends AdamSettings {
  /** Largest global norm of the gradient; longer ones are scaled to it. */
  readonly clipNorm: number;
  /** Rules of single variables. */
  readonly rules?: ((variable: tf.Variable) => VariableRule | undefined) | undefined;
}

const squaredNorm = (gradient: tf.Tensor): number => {
  if (tf.getBackend() === 'tensorflow') {
    const half = l2Loss(gradient);
    const value = half.dataSync()[0]!;
    half.dispose();
    return 2 * value;
  }
  const values = gradient.dataSync();
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
};

/** Adam over `variables`. Frees what it holds with {@link Adam.dispose}. */
export class Adam {
  readonly #slots: readonly AdamSlot[];
  readonly #names: readonly string[];
  readonly #options: AdamOptions;
  #step: number;
  #betaPowers: [number, number];

  /** @param state - To go on from; left out: the beginning. */
  constructor(variables: readonly tf.Variable[], options: AdamOptions, state?: AdamState) {
    if (state !== undefined && state.moments.length !== variables.length) {
      throw new DataError({
        where: 'Adam',
        what: 'the state',
        rule: `must have moments of ${variables.length} variables`,
        actual: String(state.moments.length),
      });
    }
    const onTensorflow = tf.getBackend() === 'tensorflow';
    this.#options = options;
    this.#step = state?.step ?? 0;
    this.#betaPowers = [...(state?.betaPowers ?? ([1, 1] as const))];
    this.#names = variables.map(({ name }) => name);
    this.#slots = variables.map((variable, i) => {
      const rule = options.rules?.(variable);
      const moments = state?.moments[i];
      return onTensorflow && rule === undefined
        ? resourceSlot(variable, moments)
        : arraySlot(variable, moments, rule);
    });
  }

  get step(): number {
    return this.#step;
  }

  get state(): AdamState {
    return {
      step: this.#step,
      betaPowers: [...this.#betaPowers],
      moments: this.#slots.map((slot) => slot.moments()),
    };
  }

  /** One step. Variables without a gradient are left alone.
   * @returns The gradient's global norm before clipping.
   * @throws {DataError} The gradient is not finite; nothing was changed. */
  apply(gradients: tf.NamedTensorMap): number {
    const { learningRate, beta1, beta2, epsilon, clipNorm } = this.#options;
    let squares = 0;
    for (const name of this.#names) {
      const gradient = gradients[name];
      if (gradient !== undefined) squares += squaredNorm(gradient);
    }
    const norm = Math.sqrt(squares);
    if (!Number.isFinite(norm)) {
      throw new DataError({
        where: `training step ${this.#step + 1}`,
        what: 'the gradient',
        rule: 'must be finite',
        actual: `norm ${norm}`,
        hint: 'a lower learning rate, or logits without NaN and infinity',
      });
    }
    this.#step++;
    this.#betaPowers = [this.#betaPowers[0] * beta1, this.#betaPowers[1] * beta2];
    const [beta1Power, beta2Power] = this.#betaPowers;
    const settings = { learningRate, beta1, beta2, epsilon, beta1Power, beta2Power };
    const scale = norm > clipNorm ? clipNorm / norm : 1;
    tf.tidy(() => {
      this.#slots.forEach((slot, i) => {
        const gradient = gradients[this.#names[i]!];
        if (gradient !== undefined) slot.apply(gradient, scale, settings);
      });
    });
    return norm;
  }

  dispose(): void {
    for (const slot of this.#slots) slot.dispose();
  }
}
