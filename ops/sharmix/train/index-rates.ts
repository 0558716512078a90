// An optimizer that trains q and r at rates of their own and keeps them inside their interval.

import { tf } from '../../../src/train/index.ts';
import {
  checkRates,
  indexOf,
  maxTrainedIndex,
  minTrainedIndex,
  type IndexName,
  type IndexRates,
} from './indices.ts';

const where = 'withIndexRates';

type NamedTensor = Awaited<ReturnType<tf.Optimizer['getWeights']>>[number];

type OptimizerClass = tf.serialization.SerializableConstructor<tf.Optimizer> & {
  readonly className: string;
  fromConfig(
    cls: tf.serialization.SerializableConstructor<tf.Optimizer>,
    config: tf.serialization.ConfigDict,
  ): tf.Optimizer;
};

const classOf = (optimizer: tf.Optimizer): OptimizerClass =>
  optimizer.constructor as unknown as OptimizerClass;

/** The same optimizer with another learning rate and an empty state. */
const withRate = (optimizer: tf.Optimizer, learningRate: number): tf.Optimizer => {
  const config = optimizer.getConfig();
  if (!('learningRate' in config)) {
    throw new TypeError(
      `${where}: the optimizer must have a learningRate in its configuration, ${optimizer.getClassName()} has none.`,
    );
  }
  const cls = classOf(optimizer);
  return cls.fromConfig(cls, { ...config, learningRate });
};

/** Configuration of {@link IndexRateOptimizer}. */
interface Config {
  readonly optimizer: tf.Optimizer;
  readonly rates: IndexRates;
}

/** What {@link withIndexRates} makes: `optimizer` for all variables but the indices, copies of it at their own rates for those. */
export class IndexRateOptimizer extends tf.Optimizer {
  static readonly className = 'IndexRates';

  readonly #base: tf.Optimizer;
  readonly #rates: IndexRates;
  readonly #indices: Readonly<Record<IndexName, tf.Optimizer>>;

  constructor({ optimizer, rates }: Config) {
    super();
    checkRates(where, rates);
    this.#base = optimizer;
    this.#rates = { q: rates.q, r: rates.r };
    this.#indices = { q: withRate(optimizer, rates.q), r: withRate(optimizer, rates.r) };
  }

  override applyGradients(gradients: tf.NamedTensorMap | NamedTensor[]): void {
    const named = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    const groups: Record<IndexName | 'base', NamedTensor[]> = { base: [], q: [], r: [] };
    const touched: tf.Variable[] = [];
    for (const gradient of named) {
      const variable = tf.engine().registeredVariables[gradient.name];
      const index = variable === undefined ? undefined : indexOf(variable);
      groups[index ?? 'base'].push(gradient);
      if (index !== undefined && variable !== undefined) touched.push(variable);
    }
    this.#base.applyGradients(groups.base);
    for (const name of ['q', 'r'] as const) {
      if (groups[name].length > 0) this.#indices[name].applyGradients(groups[name]);
    }
    for (const variable of touched) {
      tf.tidy(() => variable.assign(tf.clipByValue(variable, minTrainedIndex, maxTrainedIndex)));
    }
    this.incrementIterations();
  }

  /** Iterations, then the state of the optimizer, of q's and of r's, names prefixed with `q/` and `r/`. */
  override async getWeights(): Promise<NamedTensor[]> {
    const prefixed = async (name: IndexName): Promise<NamedTensor[]> =>
      (await this.#indices[name].getWeights()).map((weight) => ({
        name: `${name}/${weight.name}`,
        tensor: weight.tensor,
      }));
    return [
      await this.saveIterations(),
      ...(await this.#base.getWeights()),
      ...(await prefixed('q')),
      ...(await prefixed('r')),
    ];
  }

  override async setWeights(weights: NamedTensor[]): Promise<void> {
    const own = await this.extractIterations(weights);
    const of = (name: IndexName): NamedTensor[] =>
      own
        .filter((weight) => weight.name.startsWith(`${name}/`))
        .map(({ name: full, tensor }) => ({ name: full.slice(2), tensor }));
    await this.#base.setWeights(own.filter(({ name }) => !/^[qr]\//.test(name)));
    for (const name of ['q', 'r'] as const) {
      const weights = of(name);
      if (weights.length > 0) await this.#indices[name].setWeights(weights);
    }
  }

  override dispose(): void {
    this.#base.dispose();
    this.#indices.q.dispose();
    this.#indices.r.dispose();
    super.dispose();
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      optimizer: { className: this.#base.getClassName(), config: this.#base.getConfig() },
      rates: { ...this.#rates },
    };
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    const { className, config: inner } = config['optimizer'] as {
      className: string;
      config: tf.serialization.ConfigDict;
    };
    const entry = tf.serialization.SerializationMap.getMap().classNameMap[className];
    if (entry === undefined) {
      throw new TypeError(`${where}: the optimizer class ${className} must be registered in tfjs.`);
    }
    const [base, fromConfig] = entry;
    const optimizer = fromConfig(base, inner);
    return new (cls as unknown as new (config: Config) => T)({
      optimizer: optimizer as unknown as tf.Optimizer,
      rates: config['rates'] as unknown as IndexRates,
    });
  }
}

tf.serialization.registerClass(IndexRateOptimizer);

/** `optimizer`, with the indices of SharMiX layers trained at rates of their own and kept in [1.01, 2] after each step.
 *
 * One tfjs optimizer knows one rate, and `fit` applies no constraint to a weight: hence this. Works in `model.fit`, `minimize`
 * and `applyGradients`, and serialises (`getConfig`).
 * @param optimizer - Any tfjs optimizer with a learning rate.
 * @param rates - Learning rates of q and r, e.g. 1e-4; 0 holds one still.
 * @throws {RangeError} A rate that is negative or no number. {TypeError} An optimizer without a learning rate. */
export const withIndexRates = (optimizer: tf.Optimizer, rates: IndexRates): IndexRateOptimizer =>
  new IndexRateOptimizer({ optimizer, rates });
