// The valid models that are mutated: ONNX's conformance cases that JavaScript can feed, small ones.

import { join } from 'node:path';
import { caseNames, readCase, type ProofCase } from '../proof/cases.ts';
import { inexactOf } from '../proof/differential.ts';

const maxBytes = 20_000;

/** Reads the corpus. Cases whose types JavaScript cannot hold stay out: an int4 output aborts onnxruntime-node. So
 * do those whose bits are new each time.
 * @param testdata - Folder of the suites (see setup/onnx-testdata.ts).
 * @param limit - At most so many cases of the large suite, spread over it. */
export const readCorpus = (testdata: string, limit = Infinity): readonly ProofCase[] => {
  const suites = ['node', 'pytorch-operator', 'pytorch-converted'];
  return suites.flatMap((suite) => {
    const folder = join(testdata, suite);
    const names = caseNames(folder);
    const step = Math.max(1, Math.floor(names.length / limit));
    return names
      .filter((_, at) => at % step === 0)
      .map((name) => readCase(suite, folder, name))
      .filter(({ unheld, bytes }) => unheld === undefined && bytes.length <= maxBytes)
      .filter((one) => inexactOf(one) === undefined);
  });
};
