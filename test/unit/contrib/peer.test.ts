// Every operator of ai.onnx.contrib against PyPI's onnxruntime-extensions: the same models, the same feeds, the same outputs.

import { isDeepStrictEqual } from 'node:util';
import * as node from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { contrib } from '../../../ops/contrib/index.ts';
import { install } from '../../../src/runtime/index.ts';
import { bpeCases } from './bpe-cases.ts';
import type { Case } from './cases.ts';
import { ourAnswers, peerAnswers, type Answer, type RunAnswer } from './peer.ts';
import { textCases } from './text-cases.ts';
import { wordCases } from './word-cases.ts';

install(node, { ops: [contrib] });

const cases: readonly Case[] = [...textCases, ...wordCases, ...bpeCases];
const peer = await peerAnswers(cases);

type Outputs = Extract<RunAnswer, { outputs: unknown }>['outputs'];

/** Answers with the messages of errors left out: who refuses what is compared, not the words. */
const verdict = (run: RunAnswer | undefined): Outputs | 'refused' =>
  run !== undefined && 'outputs' in run ? run.outputs : 'refused';

/** The runs of a case that gave something else than expected; all of them where no session was made. */
const differences = (one: Case, actual: Answer, expected: Answer): unknown[] => {
  if ('error' in actual && 'error' in expected) return [];
  return one.runs.flatMap((feeds, i) => {
    const [ours, theirs] = [actual, expected].map((answer) =>
      verdict('error' in answer ? undefined : answer.runs[i]),
    );
    if (isDeepStrictEqual(ours, theirs)) return [];
    const { attributes } = one;
    return [
      { attributes, feeds, ours, theirs, answer: 'error' in actual ? actual : actual.runs[i] },
    ];
  });
};

const count = (of: readonly Case[]): string => {
  const runs = of.flatMap(({ runs }) => runs);
  const values = runs.reduce(
    (sum, feeds) => sum + Math.max(...Object.values(feeds).map(({ data }) => data.length)),
    0,
  );
  return `${of.length} models, ${runs.length} runs, ${values} texts`;
};

describe.each(contrib)('$schema.type', (op) => {
  const own = cases.flatMap((one, i) => (one.op === op ? [{ one, expected: peer[i]! }] : []));

  it(`gives what onnxruntime-extensions gives: ${count(own.map(({ one }) => one))}`, async () => {
    expect(own.length).toBeGreaterThan(0);
    for (const { one, expected } of own) {
      expect(differences(one, await ourAnswers(node, one), expected).slice(0, 3)).toEqual([]);
    }
    // Not all of them refused.
    expect(own.some(({ expected }) => JSON.stringify(expected).includes('outputs'))).toBe(true);
  });
});
