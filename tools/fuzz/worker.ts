// A process that tries subjects one after the other, in plain onnxruntime or through our provider, and writes a line before and
// after each: whoever reads them knows what was under way when it crashed.
// Arguments: ROLE (plain | ours), SEED, FROM, COUNT, CORPUS (folder of the test data), LIMIT.

import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { messageOf } from '../../src/core/errors.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { loadOrtNode } from '../../src/runtime/ort-node.ts';
import { install } from '../../src/runtime/index.ts';
import type { SessionOptions } from '../../src/runtime/ort-types.ts';
import { fromOrt, toOrt } from '../../src/runtime/tensors.ts';
import {
  isWrappable,
  readCaseModel,
  valueTypes,
  wrapNodes,
  type WrappedModel,
} from '../proof/wrap.ts';
import { readCorpus } from './corpus.ts';
import { fuzzOperators } from './operators.ts';
import type { Attempt } from './outcome.ts';
import { subjectAt, type Subject } from './subject.ts';

const [role, seedText, fromText, countText, corpusFolder, limitText] = process.argv.slice(2);
const [seed, from, count] = [seedText, fromText, countText].map(Number) as [number, number, number];
const ort = await loadOrtNode();
const corpus = readCorpus(corpusFolder!, Number(limitText));
install(ort, { ops: [...fuzzOperators] });

const plainOptions: SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
  graphOptimizationLevel: 'disabled',
  executionProviders: ['cpu'],
};

const ours = (cut: 'fewest' | 'every-node'): SessionOptions => ({
  ...plainOptions,
  executionProviders: [{ name: 'custom-ops', cut }],
});

const failed = (at: 'create' | 'run', error: unknown): Attempt => ({
  end: `${at} error`,
  name: error instanceof Error ? error.name : typeof error,
  message: messageOf(error).slice(0, 300),
});

/** The outputs in one short text: equal bits give equal texts. */
const digestOf = (values: readonly (readonly [string, Tensor])[]): string => {
  const hash = createHash('sha1');
  for (const [name, { dtype, dims, data }] of values.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}:${dtype}[${dims.join()}]`);
    if (Array.isArray(data)) hash.update(JSON.stringify(data));
    else hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
};

const attempt = async (
  bytes: Uint8Array,
  options: SessionOptions,
  feeds: ReadonlyMap<string, Tensor>,
): Promise<Attempt> => {
  let session;
  try {
    session = await ort.InferenceSession.create(bytes, options);
  } catch (error) {
    return failed('create', error);
  }
  try {
    const entries = [...feeds].map(([name, value]) => [name, toOrt(ort, value)] as const);
    const results = await session.run(Object.fromEntries(entries));
    const values = Object.entries(results).map(
      ([name, value]) => [name, fromOrt(value, name)] as const,
    );
    return { end: 'outputs', digest: digestOf(values) };
  } catch (error) {
    return failed('run', error);
  } finally {
    await session.release();
  }
};

/** The model with random nodes as custom operators; undefined where there is nothing to wrap or plain onnxruntime refuses it. */
const wrap = async ({ own, random }: Subject): Promise<WrappedModel | undefined> => {
  const context = { ort, options: plainOptions };
  try {
    const model = readCaseModel(own, 'model');
    const types = await valueTypes(context, model);
    const candidates = model.graph.nodes.flatMap((node, at) =>
      isWrappable(node, types) ? [at] : [],
    );
    const chosen = new Set(candidates.filter(() => random.uniform() < 0.5));
    return chosen.size === 0 ? undefined : wrapNodes(context, model, chosen, types);
  } catch {
    // The reader's refusal, or onnxruntime's: both are met again when the model is created as it is.
    return undefined;
  }
};

const tryOurs = async (subject: Subject): Promise<Attempt> => {
  const { mode, own, feeds } = subject;
  if (mode !== 'wrapped')
    return attempt(own, ours(mode === 'cut' ? 'every-node' : 'fewest'), feeds);
  const wrapped = await wrap(subject);
  if (wrapped === undefined) return attempt(own, ours('fewest'), feeds);
  install(ort, { ops: wrapped.ops });
  try {
    return await attempt(wrapped.bytes, ours('fewest'), feeds);
  } finally {
    await wrapped.release();
  }
};

const say = (line: string): void => {
  const bytes = Buffer.from(`${line}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      // The pipe is full: the reader will empty it.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
};

for (let index = from; index < from + count; index++) {
  say(`start ${index}`);
  const subject = subjectAt(corpus, seed, index);
  const done =
    role === 'plain'
      ? await attempt(subject.stock, plainOptions, subject.feeds)
      : await tryOurs(subject);
  say(`end ${index} ${JSON.stringify(done)}`);
}
globalThis.gc?.();
say(`memory ${process.memoryUsage.rss()}`);
