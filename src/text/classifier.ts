// loadClassifier: an exported text classifier in the user's copy of onnxruntime; text in, labelled probabilities out.

import { messageOf, ModelError, RuntimeError } from '../core/errors.ts';
import { fieldsOf, textOf } from '../onnx/bytes.ts';
import { readModel } from '../onnx/bytes-model.ts';
import { detachWeights } from '../onnx/bytes-weights.ts';
import { isInstalled } from '../runtime/install.ts';
import { openModel } from '../runtime/load.ts';
import type { OrtModule } from '../runtime/ort-types.ts';
import { readMetadata, type ClassifierMetadata } from './metadata.ts';

type Session = Awaited<ReturnType<OrtModule['InferenceSession']['create']>>;
type SessionOptions = NonNullable<Parameters<OrtModule['InferenceSession']['create']>[1]>;

/** What runs the custom operators: our kernels, or onnxruntime alone through the model's function body. */
export type ClassifierProvider = 'custom-ops' | 'stock';

/** Options of {@link loadClassifier}. */
export interface ClassifierOptions {
  /** Default: `custom-ops` where `install(ort, ...)` was called on this copy, else `stock`. */
  readonly provider?: ClassifierProvider;
  /** Providers of onnxruntime for the standard operators, in order. Default: onnxruntime's own, or those of `custom-ops`. */
  readonly inner?: readonly string[];
  /** Texts in one run. Default 64. */
  readonly batchSize?: number;
}

/** What a text was taken for. */
export interface Classification {
  /** The class of the largest probability; of equal ones the first. */
  readonly label: string;
  /** By label; sums to 1, exact zeros where the normaliser gives them. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** In the order of the labels. */
  readonly logits: readonly number[];
}

/** A classifier that is loaded. */
export interface TextClassifier extends ClassifierMetadata {
  readonly provider: ClassifierProvider;
  /** The session, for {@link sessionInfo}. */
  readonly session: Session;
  /** Classifies texts, in their order. Calls wait for each other.
   * @throws {RuntimeError} After release, or when onnxruntime fails. */
  classify(texts: readonly string[]): Promise<Classification[]>;
  /** Frees the session, after the calls under way.
   * @throws {RuntimeError} A second time. */
  release(): Promise<void>;
}

const metadataField = 14;

/** The model's `metadata_props`, without decoding its weights. */
const metadataOf = (bytes: Uint8Array, where: string): Record<string, string> => {
  readModel(bytes, where);
  const entries = fieldsOf(bytes, where)
    .filter(({ number }) => number === metadataField)
    .map(({ payload }): [string, string] => {
      const parts = fieldsOf(payload, where);
      const text = (number: number): string => {
        const field = parts.findLast((part) => part.number === number);
        return field === undefined ? '' : textOf(field.payload);
      };
      return [text(1), text(2)];
    });
  return Object.fromEntries(entries);
};

const providersOf = (
  provider: ClassifierProvider,
  inner: readonly string[] | undefined,
): SessionOptions['executionProviders'] => {
  if (provider === 'stock') return inner;
  return [inner === undefined ? { name: 'custom-ops' } : { name: 'custom-ops', inner }];
};

const checkGraph = ({ inputNames, outputNames }: Session, where: string): void => {
  const outputs = ['probabilities', 'logits'].every((name) => outputNames.includes(name));
  const isInput = inputNames[0] === 'tokens' || inputNames[0] === 'text';
  if (inputNames.length === 1 && isInput && outputs) return;
  throw new ModelError({
    where,
    what: 'the model',
    rule: 'must map tokens or text to probabilities and logits',
    actual: `${inputNames.join(', ')} to ${outputNames.join(', ')}`,
    hint: 'classifiers are written by `sharmix export`',
  });
};

class LoadedClassifier implements TextClassifier {
  readonly labels: ClassifierMetadata['labels'];
  readonly tokenizer: ClassifierMetadata['tokenizer'];
  readonly metrics: ClassifierMetadata['metrics'];
  readonly seed: number;
  readonly version: string;
  readonly provider: ClassifierProvider;
  readonly session: Session;
  readonly #ort: OrtModule;
  readonly #where: string;
  readonly #batchSize: number;
  #isReleased = false;
  // One call after the other: overlapping runs of onnxruntime's WebGPU sessions hang the page.
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    metadata: ClassifierMetadata,
    parts: Pick<TextClassifier, 'provider' | 'session'> & {
      readonly ort: OrtModule;
      readonly where: string;
      readonly batchSize: number;
    },
  ) {
    this.labels = metadata.labels;
    this.tokenizer = metadata.tokenizer;
    this.metrics = metadata.metrics;
    this.seed = metadata.seed;
    this.version = metadata.version;
    this.provider = parts.provider;
    this.session = parts.session;
    this.#ort = parts.ort;
    this.#where = parts.where;
    this.#batchSize = parts.batchSize;
  }

  async classify(texts: readonly string[]): Promise<Classification[]> {
    this.#checkUsable('classify');
    return this.#queued(async () => {
      const found: Classification[] = [];
      for (let at = 0; at < texts.length; at += this.#batchSize) {
        found.push(...(await this.#batch(texts.slice(at, at + this.#batchSize))));
      }
      return found;
    });
  }

  async release(): Promise<void> {
    this.#checkUsable('release');
    this.#isReleased = true;
    await this.#queued(() => this.session.release());
  }

  #queued<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #batch(texts: readonly string[]): Promise<Classification[]> {
    const { labels } = this;
    const results = await this.session.run(this.#feeds(texts));
    const [probabilities, logits] = ['probabilities', 'logits'].map((name) => {
      const values = results[name]?.data;
      if (values instanceof Float32Array && values.length === texts.length * labels.length) {
        return values;
      }
      throw new ModelError({
        where: this.#where,
        what: `the output ${name}`,
        rule: `must be float32 [${texts.length}, ${labels.length}], a value for each label`,
        actual: `${results[name]?.type} [${results[name]?.dims.join(', ')}]`,
      });
    }) as [Float32Array, Float32Array];
    return texts.map((_, row) => {
      const own = probabilities.subarray(row * labels.length, (row + 1) * labels.length);
      let best = 0;
      own.forEach((p, i) => {
        if (p > own[best]!) best = i;
      });
      return {
        label: labels[best]!,
        probabilities: Object.fromEntries(labels.map((label, i) => [label, own[i]!])),
        logits: [...logits.subarray(row * labels.length, (row + 1) * labels.length)],
      };
    });
  }

  /** Token ids; or the texts themselves, where the model has the tokenizer in its graph. */
  #feeds(texts: readonly string[]): Parameters<Session['run']>[0] {
    const { Tensor } = this.#ort;
    if (this.session.inputNames[0] === 'text') {
      return { text: new Tensor('string', [...texts], [texts.length]) };
    }
    const { tokenizer } = this;
    const shape = [texts.length, tokenizer.length];
    return { tokens: new Tensor('int32', tokenizer.encodeAll(texts), shape) };
  }

  #checkUsable(what: 'classify' | 'release'): void {
    if (!this.#isReleased) return;
    throw new RuntimeError({
      where: `TextClassifier.${what}`,
      what: 'the classifier',
      rule: 'must not be used after it was released',
      hint: 'load it again, or release it after its last use',
    });
  }
}

/** Loads a classifier written by `sharmix export`.
 * @param ort - The user's copy of onnxruntime: `import * as ort from 'onnxruntime-node'` (or `'onnxruntime-web/webgpu'`).
 * @param pathOrBytes - The model: its bytes, in Node also a path, a URL everywhere.
 * @throws {DataError} No text classifier of this package. {ModelError} No ONNX model, or a truncated one.
 *   {RuntimeError} It cannot be read, or no provider can run it. {RangeError} A batch size that is no positive integer. */
export const loadClassifier = async (
  ort: OrtModule,
  pathOrBytes: string | Uint8Array,
  options: ClassifierOptions = {},
): Promise<TextClassifier> => {
  const { batchSize = 64, inner } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`loadClassifier: batchSize must be an integer >= 1, got ${batchSize}.`);
  }
  const installed = isInstalled(ort);
  const provider = options.provider ?? (installed ? 'custom-ops' : 'stock');
  if (provider === 'custom-ops' && !installed) {
    throw new RuntimeError({
      where: 'loadClassifier',
      what: 'the provider custom-ops',
      rule: 'must be installed in this copy of onnxruntime',
      hint: 'call install(ort, { ops: [sharmix] }) first',
    });
  }
  const file = await openModel(pathOrBytes);
  const { where } = file;
  let metadata: ClassifierMetadata;
  try {
    metadata = readMetadata(
      metadataOf(detachWeights(file.source, where, where).bytes, where),
      where,
    );
  } finally {
    file.close();
  }
  const executionProviders = providersOf(provider, inner);
  let session: Session;
  try {
    const own = executionProviders === undefined ? {} : { executionProviders };
    // Two overloads take what one variable holds. What was fetched is not fetched again.
    session = await (file.bytes === undefined
      ? ort.InferenceSession.create(file.where, own)
      : ort.InferenceSession.create(file.bytes, own));
  } catch (cause) {
    throw cause instanceof RuntimeError || cause instanceof ModelError
      ? cause
      : new RuntimeError({
          where,
          what: 'a session',
          rule: 'could not be created',
          actual: messageOf(cause),
          cause,
        });
  }
  try {
    checkGraph(session, where);
  } catch (error) {
    await session.release();
    throw error;
  }
  return new LoadedClassifier(metadata, { ort, where, batchSize, provider, session });
};
