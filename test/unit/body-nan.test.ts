// A bad row's NaN where the runtime's Min and Max lose NaN, as WGSL lets them: a body whose Min and Max are replaced by comparisons
// that do, run in stock onnxruntime-node.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { decodeModel, onnx, type OnnxTypes } from '../../src/onnx/index.ts';
import { modelOf, type NodeOptions } from './body-support.ts';

type Nodes = readonly OnnxTypes.INodeProto[] | null | undefined;

/** Min(a, b) as a < b ? a : b and Max(a, b) as a > b ? a : b: b where a is NaN. */
const lossy = (nodes: Nodes): OnnxTypes.INodeProto[] =>
  (nodes ?? []).flatMap((node) => {
    for (const { g } of node.attribute ?? []) if (g) g.node = lossy(g.node);
    if (node.opType !== 'Min' && node.opType !== 'Max') return [node];
    const [a, b] = node.input!;
    const isFirst = `${node.output![0]!}_is_first`;
    return [
      { opType: node.opType === 'Min' ? 'Less' : 'Greater', input: [a!, b!], output: [isFirst] },
      { opType: 'Where', input: [isFirst, a!, b!], output: node.output! },
    ];
  });

const openLossy = async (options: NodeOptions): Promise<InferenceSession> => {
  const model = decodeModel(modelOf(options));
  for (const body of model.functions ?? []) body.node = lossy(body.node);
  return InferenceSession.create(onnx.ModelProto.encode(model).finish(), { logSeverityLevel: 4 });
};

const rows = [0.5, NaN, 0.2, -Infinity, -Infinity, -Infinity, 0, Infinity, 1, 0.5, -Infinity, 0.2];

describe.each([
  ['exact', {}],
  ['entmax', { r: false }],
  ['softmax', { q: false, r: false }],
] as const)('function body of %s where Min and Max lose NaN', (_name, options) => {
  it('gives NaN for rows that hold NaN or +infinity or are masked throughout, and for no other', async () => {
    const session = await openLossy(options);
    const { probabilities } = await session.run({
      logits: new Tensor('float32', Float32Array.from(rows), [4, 3]),
      ...('q' in options ? {} : { q: new Tensor('float32', [1.5], []) }),
      ...('r' in options ? {} : { r: new Tensor('float32', [1.75], []) }),
    });
    const values = Array.from(probabilities!.data as Float32Array);
    expect(values.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => NaN));
    expect(values[10]).toBe(0);
    expect(values[9]! + values[11]!).toBeCloseTo(1, 6);
  });
});
