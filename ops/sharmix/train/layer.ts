// SharMiX as a tfjs layer: logits in, probabilities out, its indices q and r as weights.

import { ShapeError } from '../../../src/schema/index.ts';
import { tf, tfOp, type LossFunction } from '../../../src/train/index.ts';
import { sharmix } from '../index.ts';
import { checkIndices, type Coupling } from '../schema.ts';
import { markIndex, maxTrainedIndex, minTrainedIndex, type IndexName } from './indices.ts';
import { fenchelYoung, type ForwardPass } from './loss.ts';

/** Options of the layer. */
export interface SharMiXOptions {
  /** Index q in [1, 2], or where training starts (then in [1.01, 2]). Default 1.5. */
  readonly q?: number;
  /** Index r in [1, 4], or where training starts (then in [1.01, 2]). Default q: q-entmax. */
  readonly r?: number;
  /** Whether q and r are trained; one alone by its name. Default false. */
  readonly learnable?: boolean | IndexName;
  /** Axis of the classes. Default -1. */
  readonly axis?: number;
  /** Divides the logits, > 0. Default 1. */
  readonly temperature?: number;
  /** `exact` (default), or `entmax`: q-entmax forward, r in the loss alone. */
  readonly coupling?: Coupling;
  readonly name?: string;
}

const op = tfOp(sharmix);

const single = (value: tf.Tensor | tf.Tensor[]): tf.Tensor =>
  Array.isArray(value) ? value[0]! : value;

const checkOptions = (where: string, q: number, r: number, options: SharMiXOptions): void => {
  checkIndices(q, r, where);
  const { learnable = false, temperature = 1, axis = -1 } = options;
  for (const [name, value] of [
    ['q', q],
    ['r', r],
  ] as const) {
    if (learnable !== true && learnable !== name) continue;
    if (value >= minTrainedIndex && value <= maxTrainedIndex) continue;
    const range = `[${minTrainedIndex}, ${maxTrainedIndex}]`;
    throw new RangeError(`${where}: a learnable ${name} must start in ${range}, got ${value}.`);
  }
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(`${where}: temperature must be finite and > 0, got ${temperature}.`);
  }
  if (!Number.isInteger(axis)) {
    throw new RangeError(`${where}: axis must be an integer, got ${axis}.`);
  }
};

/** `SharMiX(z; q, r, t) = argmax_p <p, z>/t + H_{r,q}(p)/q` along `axis`: a layer after a Dense layer of logits.
 *
 * Weights `q` and `r`, scalars, trained or fixed; `coupling` and `temperature` fixed. Serialises and loads as any layer
 * (class name `SharMiX`, registered on import). Train it with `loss: head.loss()` and {@link withIndexRates}.
 *
 * @example
 * ```ts
 * const head = new SharMiX({ learnable: true });
 * model.add(head);
 * model.compile({ optimizer: withIndexRates(tf.train.adam(1e-3), { q: 1e-4, r: 1e-4 }), loss: head.loss() });
 * ```
 * @throws {RangeError} An index, the temperature or the axis out of range. */
export class SharMiX extends tf.layers.Layer {
  static readonly className = 'SharMiX';

  readonly #options: Required<Omit<SharMiXOptions, 'name'>>;
  #q: ReturnType<SharMiX['addWeight']> | undefined;
  #r: ReturnType<SharMiX['addWeight']> | undefined;
  // Keyed by the very tensor that `call` gave: whatever runs between forward pass and loss, each finds its own pass.
  readonly #passes = new WeakMap<tf.Tensor, ForwardPass>();

  constructor(options: SharMiXOptions = {}) {
    super(options.name === undefined ? {} : { name: options.name });
    const { q = 1.5, r = q, learnable = false, axis = -1, temperature = 1 } = options;
    checkOptions(`layer ${this.name}`, q, r, options);
    this.#options = { q, r, learnable, axis, temperature, coupling: options.coupling ?? 'exact' };
    this.supportsMasking = true;
  }

  /** The axis of the classes, as given. */
  get axis(): number {
    return this.#options.axis;
  }

  get temperature(): number {
    return this.#options.temperature;
  }

  get coupling(): Coupling {
    return this.#options.coupling;
  }

  /** Present value of q. */
  get q(): number {
    return this.#q?.read().dataSync()[0] ?? this.#options.q;
  }

  /** Present value of r. */
  get r(): number {
    return this.#r?.read().dataSync()[0] ?? this.#options.r;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    if (this.built) return;
    this.#q = this.#addIndex('q');
    this.#r = this.#addIndex('r');
    super.build(inputShape);
  }

  #addIndex(name: IndexName): ReturnType<SharMiX['addWeight']> {
    const { learnable, [name]: value } = this.#options;
    const trainable = learnable === true || learnable === name;
    const initializer = tf.initializers.constant({ value });
    const weight = this.addWeight(name, [], 'float32', initializer, undefined, trainable);
    markIndex(weight.read(), name);
    return weight;
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const logits = single(inputs);
      const q = this.#q!.read();
      const r = this.#r!.read();
      const { axis, temperature, coupling } = this.#options;
      const probabilities = op({ logits, q, r }, { axis, temperature, coupling });
      this.#passes.set(probabilities, {
        inputs: [logits, q, r],
        logits: logits.dataSync<'float32'>(),
        q: q.dataSync()[0]!,
        r: r.dataSync()[0]!,
      });
      return probabilities;
    });
  }

  /** The Fenchel-Young loss of this layer for `model.compile` and `fitClassifier`: one value a row, from the logits, q and r
   * of the forward pass that gave `yPred`; exact gradients. Targets are rows of distributions (one-hot or soft).
   *
   * `L(z, y) = <p, z>/t + H_{r,q}(p)/q - <y, z>/t - H_{r,q}(y)/q`; under `coupling: entmax` a surrogate (see sharmixLoss). */
  loss(): LossFunction {
    return (yTrue, yPred) => {
      const pass = this.#passes.get(yPred);
      if (pass === undefined) {
        throw new ShapeError({
          where: `layer ${this.name}`,
          what: 'the second argument of its loss',
          rule: 'must be the very tensor this layer gave',
          hint: 'make the layer the output of the model',
        });
      }
      return fenchelYoung(pass, yTrue, this.#options, `layer ${this.name}`);
    };
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { q, r, learnable, axis, temperature, coupling } = this.#options;
    return { ...super.getConfig(), q, r, learnable, axis, temperature, coupling };
  }
}

tf.serialization.registerClass(SharMiX);
