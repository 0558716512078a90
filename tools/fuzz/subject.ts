// What is tried at an index of a seed: always the same bytes and feeds, in whichever process asks.

import type { Tensor } from '../../src/core/tensor.ts';
import { randomOf, type Random } from '../../src/testing/index.ts';
import type { ProofCase } from '../proof/cases.ts';
import { mutateFeeds } from './feeds.ts';
import { randomGraph } from './graph.ts';
import { mutate } from './mutate.ts';

/** How our side runs the model. */
type Mode = 'as it is' | 'cut' | 'wrapped' | 'custom';

/** One thing to try. */
export interface Subject {
  /** `node/test_add, fields, wrapped` */
  readonly label: string;
  readonly mode: Mode;
  /** The model plain onnxruntime gets. */
  readonly stock: Uint8Array;
  /** The model we get; the same bytes but for a random graph, whose custom nodes plain onnxruntime does not know. */
  readonly own: Uint8Array;
  readonly feeds: ReadonlyMap<string, Tensor>;
  /** Whether the model is no longer the valid one it was. */
  readonly isDamaged: boolean;
  /** Stream for what is drawn later: the nodes to wrap. */
  readonly random: Random;
}

const modes: readonly Mode[] = ['as it is', 'cut', 'cut', 'wrapped', 'wrapped'];

/** The subject at an index. */
export const subjectAt = (corpus: readonly ProofCase[], seed: number, index: number): Subject => {
  const start = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) | 0;
  const random = randomOf(start);
  if (random.uniform() < 0.2) {
    const { custom, stock, feeds } = randomGraph(() => randomOf(start ^ 0x51ed270b));
    return {
      label: 'random graph',
      mode: 'custom',
      stock,
      own: custom,
      feeds,
      isDamaged: false,
      random,
    };
  }
  const base = random.pick(corpus);
  const isFed = random.uniform() < 0.25;
  const { mutation, bytes } = isFed
    ? { mutation: 'feeds' as const, bytes: base.bytes }
    : mutate(base.bytes, random.pick(corpus).bytes, random);
  const own = base.sets[0]?.feeds ?? new Map<string, Tensor>();
  const feeds = isFed ? mutateFeeds(own, random) : own;
  const mode = random.pick(modes);
  const label = `${base.suite}/${base.name}, ${mutation}, ${mode}`;
  const isDamaged = mutation !== 'none' && mutation !== 'feeds';
  return { label, mode, stock: bytes, own: bytes, feeds, isDamaged, random };
};
