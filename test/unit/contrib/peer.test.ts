// Every operator of ai.onnx.contrib against PyPI's onnxruntime-extensions: the same models, the same feeds, the same outputs.

import * as node from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { contrib } from '../../../ops/contrib/index.ts';
import { install } from '../../../src/runtime/index.ts';
import type { Case } from './cases.ts';
import { ourAnswers, peerAnswers, type Answer } from './peer.ts';
import { textCases } from './text-cases.ts';

install(node, { ops: [contrib] });

const cases: readonly Case[] = textCases;
const peer = await peerAnswers(cases);

/** Answers with the messages of errors left out: who refuses what is compared, not the words. */
const verdict = (answer: Answer) =>
  'error' in answer
    ? 'refused'
    : answer.runs.map((run) => ('error' in run ? 'refused' : run.outputs));

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
      expect(verdict(await ourAnswers(node, one))).toEqual(verdict(expected));
    }
    // Not all of them refused.
    expect(own.some(({ expected }) => JSON.stringify(expected).includes('outputs'))).toBe(true);
  });
});
