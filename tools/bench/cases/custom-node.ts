// What a custom node costs at batch 1: a graph with custom nodes, their kernels as cheap as can be, against the same graph with
// the standard operator in their places. The first row is the difference of the two runs, divided by the number of nodes.

import * as ort from 'onnxruntime-node';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { install } from '../../../src/runtime/index.ts';
import { defineOp, missing, tensor } from '../../../src/schema/index.ts';
import { measureRounds, summarise, type Effort } from '../measure.ts';
import type { CaseResult } from '../report.ts';

const width = 16;

/** Negation, as onnxruntime's Neg. */
const negate = defineOp({
  type: 'Negate',
  domain: 'bench.custom',
  version: 1,
  inputs: { x: 'T' },
  outputs: { y: 'T' },
  attributes: {},
  types: { T: ['float32'] },
  infer: ({ x }) => ({ y: x }),
  kernel: ({ x }) => {
    const data = new Float32Array(x.data.length);
    for (let i = 0; i < data.length; i++) data[i] = -(x.data as Float32Array)[i]!;
    return { y: tensor('float32', data, x.dims) };
  },
  shader: missing('made for the bench'),
  body: { specialised: [], build: (graph, { x }) => ({ y: graph.op('Neg', [x]) }) },
  grad: missing('made for the bench'),
});

/** Nodes in a chain: `A` standard (Abs), `c` custom. */
const chainOf = (nodes: string, isStock: boolean): Uint8Array => {
  const model = new ModelBuilder();
  let value = model.input('x', 'float32', [1, width]);
  for (const [at, node] of nodes.split('').entries()) {
    // The last makes the output itself: another name would cost a node that copies it.
    const name = at === nodes.length - 1 ? 'y' : `v${at}`;
    if (node === 'c' && !isStock) {
      const options = { types: { T: 'float32' as const }, outputs: { y: name } };
      value = model.customOp(negate, { x: value }, {}, options)['y']!;
    } else value = model.op(node === 'A' ? 'Abs' : 'Neg', [value], {}, { outputs: [name] });
  }
  model.output(value, 'y', 'float32', [1, width]);
  return model.build();
};

const chains: readonly (readonly [string, string])[] = [
  ['last in the graph', 'Ac'],
  ['between standard nodes', 'AcA'],
  ['ten in a row', `A${'c'.repeat(10)}A`],
  ['ten between standard nodes', `A${'cA'.repeat(10)}`],
];

/** One case a place in the graph. */
export const customNode = async (effort: Effort): Promise<readonly CaseResult[]> => {
  install(ort, { ops: [negate] });
  const results: CaseResult[] = [];
  for (const [name, nodes] of chains) {
    const create = (isStock: boolean) =>
      ort.InferenceSession.create(chainOf(nodes, isStock), {
        intraOpNumThreads: 1,
        executionProviders: isStock ? ['cpu'] : [{ name: 'custom-ops' }],
      });
    const [own, stock] = await Promise.all([create(false), create(true)]);
    const x = new ort.Tensor('float32', new Float32Array(width), [1, width]);
    const [custom, peer] = await measureRounds(
      [own, stock].map((session, i) => ({ name: String(i), run: () => session.run({ x }) })),
      effort,
    );
    const count = nodes.replaceAll('A', '').length;
    const cost = custom!.map((ms, round) => (ms - peer![round]!) / count);
    results.push({
      name: `custom node, batch 1, ${name}`,
      target: '<= 15 µs a node',
      timings: summarise(
        ['cost of a custom node', 'run with standard operators', 'run with custom nodes'],
        [cost, peer!, custom!],
      ),
    });
    await Promise.all([own.release(), stock.release()]);
  }
  return results;
};
