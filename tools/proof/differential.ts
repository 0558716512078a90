// Differential conformance: every case in plain onnxruntime and through the provider `custom-ops`, on one copy of onnxruntime.
// As it is, with a cut around every node, and with random nodes as custom operators, in the graph and inside control flow.

import { install, sessionInfo } from '../../src/runtime/index.ts';
import type { OrtModule, ProviderConfig, SessionOptions } from '../../src/runtime/ort-types.ts';
import { randomOf } from '../../src/testing/index.ts';
import { caseNames, readCase, type ProofCase } from './cases.ts';
import { disagreement, judge, verdicts, type Outcome, type Verdict } from './verdict.ts';
import { wrapInnerNodes } from './wrap-inner.ts';
import { isWrappable, readCaseModel, valueTypes, wrapNodes, type WrappedModel } from './wrap.ts';

/** A copy of onnxruntime under proof. */
export interface ProofCopy {
  readonly ort: OrtModule;
  /** Its stock provider, ours on the inside. */
  readonly inner: 'cpu' | 'wasm';
  /** Seeds of the choices of nodes. */
  readonly seeds: readonly number[];
}

/** How a case is run. `stock`: without our provider. */
type Mode = 'stock' | 'as it is' | 'cut' | 'wrapped inside' | `wrapped ${number}`;

/** How many cases came to which verdict. */
type Counts = Readonly<Record<Verdict, number>>;

/** What one suite came to. */
export interface SuiteReport {
  readonly cases: number;
  readonly counts: ReadonlyMap<Mode, Counts>;
  /** Sessions the cut models were made of, and nodes that were custom operators. */
  readonly segments: number;
  readonly wrapped: number;
  /** Cases by name that are created but not run, and why. */
  readonly unheld: ReadonlyMap<string, string>;
  /** Cases by name of which verdicts are compared and bits are not, and why. */
  readonly inexact: ReadonlyMap<string, string>;
  /** Cases by name that plain onnxruntime refuses for a fault of its own that a cut removes, and its message. */
  readonly cured: ReadonlyMap<string, string>;
  /** Cases by name that ours alone refuses, and its message. */
  readonly refused: ReadonlyMap<string, string>;
  /** What differs from plain onnxruntime, in words. */
  readonly differences: readonly string[];
}

/** Operators whose results are new each time. */
const randomOperators: ReadonlySet<string> = new Set([
  'Bernoulli',
  'Dropout',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

/** Why the bits of a case cannot be compared; undefined where they can. */
export const inexactOf = ({ model }: ProofCase): string | undefined => {
  const { node, input } = model.graph!;
  const nodes = [...(node ?? []), ...(model.functions ?? []).flatMap((one) => one.node ?? [])];
  const random = nodes.find(({ opType }) => randomOperators.has(opType ?? ''));
  if (random !== undefined) return `${random.opType} is random`;
  const isFloat16 = (input ?? []).some(({ type }) => type?.tensorType?.elemType === 10);
  return isFloat16 && nodes.length > 1
    ? 'onnxruntime computes a chain of float16 nodes in float32 and rounds at the ends, which a cut moves'
    : undefined;
};

/** Name of the casts onnxruntime puts between float16 nodes it computes in float32; where the two types meet it refuses its own
 * graph. In sessions of one node there is nothing between. */
const curable = 'InsertedPrecisionFreeCast';

const isCured = (wanted: Outcome, found: Outcome): boolean =>
  wanted.verdict === 'create error' &&
  wanted.message.includes(curable) &&
  (found.verdict === 'pass' || found.verdict === 'mismatch');

/** What ours refuses with its reason: an output of four bits, reading which aborts onnxruntime-node; and control flow with custom
 * nodes that have no function body, where it cannot be interpreted. */
const refusals: readonly RegExp[] = [
  /the output ".*" must be of a type that JavaScript holds, got u?int4/,
  /must be a tensor of a type that JavaScript holds, because the node is interpreted/,
  /Scan of opset 8 cannot be interpreted/,
];

// Fusions over several nodes change the last bits, and no fusion reaches over a cut: both sides go without.
const plainOptions: SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
  graphOptimizationLevel: 'disabled',
};

/** Options of a session of plain onnxruntime, or of ours. */
const optionsFor = (copy: ProofCopy, provider?: ProviderConfig): SessionOptions => ({
  ...plainOptions,
  executionProviders: [provider ?? copy.inner],
});

const ours = (copy: ProofCopy, cut: 'fewest' | 'every-node'): ProviderConfig => ({
  name: 'custom-ops',
  inner: [copy.inner],
  cut,
});

/** Collects what the cases of a suite come to. */
class Collector {
  readonly counts = new Map<Mode, Record<Verdict, number>>();
  readonly inexact = new Map<string, string>();
  readonly cured = new Map<string, string>();
  readonly refused = new Map<string, string>();
  readonly differences: string[] = [];
  segments = 0;
  wrapped = 0;

  count(mode: Mode, { verdict }: Outcome): void {
    let counts = this.counts.get(mode);
    if (counts === undefined) {
      counts = Object.fromEntries(verdicts.map((one) => [one, 0])) as Record<Verdict, number>;
      this.counts.set(mode, counts);
    }
    counts[verdict]++;
  }

  compare(mode: Mode, proofCase: ProofCase, found: Outcome, wanted: Outcome): void {
    this.count(mode, found);
    const why = disagreement(found, wanted, {
      exact: !this.inexact.has(proofCase.name),
    });
    if (why === undefined) return;
    if (mode !== 'as it is' && isCured(wanted, found)) {
      this.cured.set(proofCase.name, curable);
    } else if (
      found.verdict === 'create error' &&
      refusals.some((one) => one.test(found.message))
    ) {
      this.refused.set(proofCase.name, found.message);
    } else {
      this.differences.push(`${proofCase.suite}/${proofCase.name}, ${mode}: ${why}`);
    }
  }
}

/** Nodes chosen at random among those that can be custom operators: each with a probability of a half, one at least. */
const choose = (candidates: readonly number[], seed: number): ReadonlySet<number> => {
  const random = randomOf(seed);
  const chosen = candidates.filter(() => random.uniform() < 0.5);
  return new Set(chosen.length > 0 ? chosen : [random.pick(candidates)]);
};

const hashOf = (text: string): number => {
  let hash = 0;
  for (const letter of text) hash = (Math.imul(hash, 31) + letter.codePointAt(0)!) | 0;
  return hash;
};

const runWrapped = async (
  copy: ProofCopy,
  proofCase: ProofCase,
  wanted: Outcome,
  collector: Collector,
): Promise<void> => {
  const context = { ort: copy.ort, options: optionsFor(copy) };
  const model = readCaseModel(proofCase.bytes, proofCase.name);
  const types = await valueTypes(context, model);
  const run = async (mode: Mode, count: number, wrapped: WrappedModel): Promise<void> => {
    install(copy.ort, { ops: wrapped.ops });
    const options = optionsFor(copy, ours(copy, 'fewest'));
    const outcome = await judge(copy.ort, wrapped.bytes, options, proofCase);
    await wrapped.release();
    collector.wrapped += count;
    collector.compare(mode, proofCase, outcome, wanted);
  };
  const seedOf = (seed: number): number => seed ^ hashOf(proofCase.name);
  const candidates = model.graph.nodes.flatMap((node, at) =>
    isWrappable(node, types) ? [at] : [],
  );
  for (const seed of candidates.length === 0 ? [] : copy.seeds) {
    const chosen = choose(candidates, seedOf(seed));
    await run(`wrapped ${seed}`, chosen.size, wrapNodes(context, model, chosen, types));
  }
  const random = randomOf(seedOf(0));
  const inside = await wrapInnerNodes(context, model, types, () => random.uniform() < 0.5);
  if (inside !== undefined) await run('wrapped inside', inside.count, inside.wrapped);
};

const runCase = async (
  copy: ProofCopy,
  proofCase: ProofCase,
  collector: Collector,
): Promise<void> => {
  const { ort } = copy;
  const { bytes } = proofCase;
  const wanted = await judge(ort, bytes, optionsFor(copy), proofCase);
  collector.count('stock', wanted);
  for (const [mode, cut] of [
    ['as it is', 'fewest'],
    ['cut', 'every-node'],
  ] as const) {
    const options = optionsFor(copy, ours(copy, cut));
    const found = await judge(ort, bytes, options, proofCase, (session) => {
      if (mode === 'cut') collector.segments += sessionInfo(session).segments.length;
    });
    collector.compare(mode, proofCase, found, wanted);
  }
  // What plain onnxruntime does not create has no types to make operators of.
  if (wanted.verdict !== 'create error') await runWrapped(copy, proofCase, wanted, collector);
};

/** Runs every case of a suite in every mode. */
export const runSuite = async (
  copy: ProofCopy,
  suite: string,
  folder: string,
): Promise<SuiteReport> => {
  install(copy.ort, { ops: [] });
  const collector = new Collector();
  const unheld = new Map<string, string>();
  const names = caseNames(folder);
  for (const name of names) {
    const proofCase = readCase(suite, folder, name);
    if (proofCase.unheld !== undefined) unheld.set(name, proofCase.unheld);
    const inexact = inexactOf(proofCase);
    if (inexact !== undefined) collector.inexact.set(name, inexact);
    await runCase(copy, proofCase, collector);
  }
  return {
    cases: names.length,
    counts: collector.counts,
    segments: collector.segments,
    wrapped: collector.wrapped,
    inexact: collector.inexact,
    cured: collector.cured,
    refused: collector.refused,
    unheld,
    differences: collector.differences,
  };
};
