// A run of the fuzzer: batches tried on both sides, differences confirmed, written down as they come and counted.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onnx } from '../../src/onnx/proto.ts';
import { tensorToProto } from '../../src/onnx/tensors.ts';
import type { ProofCase } from '../proof/cases.ts';
import { readCorpus } from './corpus.ts';
import {
  findingOf,
  isKnownLimit,
  isOwnError,
  isRefusal,
  type Attempt,
  type Finding,
} from './outcome.ts';
import { runSide, type Batch } from './side.ts';
import { subjectAt } from './subject.ts';

/** What is counted. */
export interface Totals {
  tried: number;
  /** Subjects by mutation and by how our side ran them. */
  readonly kinds: Record<string, number>;
  /** Ends of plain onnxruntime and of ours. */
  readonly plain: Record<string, number>;
  readonly own: Record<string, number>;
  /** Models refused by our own reader, before onnxruntime saw them; and those of them that plain onnxruntime dies or hangs of. */
  refused: number;
  savedFromCrash: number;
  /** Damaged models that ended with an error of ours and that plain onnxruntime runs. */
  refusedAlone: number;
  /** Differences by kind. */
  readonly findings: Record<string, number>;
  /** Ours answers where plain onnxruntime refuses: a fault in a part of the model that is cut away. */
  laxer: number;
  /** Runs that end in a known limit of cut models. */
  limits: number;
  /** Differences that plain onnxruntime has with itself. */
  unstable: number;
  /** Resident memory at the ends of batches, bytes. */
  readonly plainRss: number[];
  readonly ownRss: number[];
}

/** A difference, with what is needed to see it again. */
export interface FoundDifference {
  readonly finding: Finding;
  readonly seed: number;
  readonly index: number;
  readonly label: string;
  readonly plain: Attempt;
  readonly own: Attempt;
}

/** How a campaign is run. */
export interface CampaignOptions {
  readonly seed: number;
  readonly first?: number;
  /** Milliseconds after which no batch is begun. */
  readonly durationMs: number;
  readonly batch: number;
  /** Folder of the test data. */
  readonly corpus: string;
  readonly limit: number;
  /** Folder for the log and the reproducers. */
  readonly out: string;
  readonly log: (line: string) => void;
}

const emptyTotals = (): Totals => ({
  tried: 0,
  kinds: {},
  plain: {},
  own: {},
  refused: 0,
  savedFromCrash: 0,
  refusedAlone: 0,
  findings: {},
  laxer: 0,
  limits: 0,
  unstable: 0,
  plainRss: [],
  ownRss: [],
});

const bump = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};

const sameEnd = (a: Attempt, b: Attempt): boolean =>
  a.end === b.end && (a.end !== 'outputs' || b.end !== 'outputs' || a.digest === b.digest);

/** Whether plain onnxruntime comes to the same end again, in another process. */
const isStable = async (batch: Batch, index: number, plain: Attempt): Promise<boolean> => {
  const again = await runSide('plain', { ...batch, from: index, count: 1 });
  return sameEnd(plain, again.attempts.get(index)!);
};

const writeReproducer = (
  out: string,
  corpus: readonly ProofCase[],
  { seed, index, ...rest }: FoundDifference,
): void => {
  const folder = join(out, `${seed}-${index}`);
  mkdirSync(folder, { recursive: true });
  const { stock, own, feeds } = subjectAt(corpus, seed, index);
  writeFileSync(join(folder, 'stock.onnx'), stock);
  writeFileSync(join(folder, 'own.onnx'), own);
  for (const [name, value] of feeds) {
    const bytes = onnx.TensorProto.encode(tensorToProto(value, name)).finish();
    writeFileSync(join(folder, `${encodeURIComponent(name)}.pb`), bytes);
  }
  writeFileSync(join(folder, 'difference.json'), JSON.stringify({ seed, index, ...rest }, null, 2));
};

/** Runs until its time is over.
 * @returns The totals, and the differences. */
export const runCampaign = async (
  options: CampaignOptions,
): Promise<{ readonly totals: Totals; readonly differences: readonly FoundDifference[] }> => {
  const { seed, first = 0, durationMs, batch: count, corpus, limit, out, log } = options;
  mkdirSync(out, { recursive: true });
  const cases = readCorpus(corpus, limit);
  const totals = emptyTotals();
  const differences: FoundDifference[] = [];
  const write = (name: string, entry: object): void => {
    appendFileSync(join(out, name), `${JSON.stringify(entry)}\n`);
  };
  const end = performance.now() + durationMs;
  for (let from = first; from === first || performance.now() < end; from += count) {
    const batch: Batch = { seed, from, count, corpus, limit };
    const [plain, own] = await Promise.all([runSide('plain', batch), runSide('ours', batch)]);
    if (plain.rssBytes > 0) totals.plainRss.push(plain.rssBytes);
    if (own.rssBytes > 0) totals.ownRss.push(own.rssBytes);
    for (let index = from; index < from + count; index++) {
      const [a, b] = [plain.attempts.get(index)!, own.attempts.get(index)!];
      const { label, isDamaged } = subjectAt(cases, seed, index);
      totals.tried++;
      bump(totals.kinds, label.split(', ').slice(1).join(', ') || label);
      bump(totals.plain, a.end);
      bump(totals.own, b.end);
      if (isRefusal(b)) totals.refused++;
      if (isRefusal(b) && (a.end === 'crash' || a.end === 'hang')) totals.savedFromCrash++;
      if (isDamaged && isOwnError(b) && a.end === 'outputs') {
        totals.refusedAlone++;
        write('refused-alone.jsonl', { seed, index, label, own: b });
      }
      if (isKnownLimit(b) && a.end === 'outputs') totals.limits++;
      if (b.end === 'outputs' && a.end !== 'outputs') {
        totals.laxer++;
        write('laxer.jsonl', { seed, index, label, plain: a });
      }
      if (a.end === 'crash' || b.end === 'crash' || a.end === 'hang' || b.end === 'hang') {
        write('crashes.jsonl', { seed, index, label, plain: a, own: b });
      }
      const finding = findingOf(a, b, isDamaged);
      if (finding === undefined) continue;
      if (!(await isStable(batch, index, a))) {
        totals.unstable++;
        continue;
      }
      const found: FoundDifference = { finding, seed, index, label, plain: a, own: b };
      bump(totals.findings, finding);
      differences.push(found);
      log(JSON.stringify(found));
      write('differences.jsonl', found);
      writeReproducer(out, cases, found);
    }
    writeFileSync(join(out, 'totals.json'), JSON.stringify(totals, null, 2));
  }
  return { totals, differences };
};
