// Custom nodes inside model-local functions: with a function of their own they run in onnxruntime, else the call is expanded, and they
// run in kernels with the call's attributes.

import type { InferenceSession } from 'onnxruntime-common';
import { describe, expect, it } from 'vitest';
import { functionOf, onnx, signatureOf, type OnnxTypes } from '../../../src/onnx/index.ts';
import { install, sessionInfo, type OrtModule } from '../../../src/runtime/index.ts';
import { bodyless } from './control-flow-models.ts';
import { copies, custom } from './copies.ts';
import { affine } from './operators.ts';

for (const [, ort] of copies) install(ort, { ops: [bodyless] });

const value = (name: string, dim: number | string = 'N'): OnnxTypes.IValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType: 1,
      shape: { dim: [typeof dim === 'string' ? { dimParam: dim } : { dimValue: dim }] },
    },
  },
});

/** outer(x; by) = Neg(inner(x; by)), inner(x; by) = Affine(x; scale = by) + x. */
const functions = (domain: string): OnnxTypes.IFunctionProto[] => {
  const opsetImport = [
    { domain: '', version: 17 },
    { domain: 'local', version: 1 },
    { domain, version: 1 },
  ];
  const by = (name: string): OnnxTypes.IAttributeProto[] => [{ name, type: 1, refAttrName: 'by' }];
  return [
    {
      name: 'inner',
      domain: 'local',
      input: ['x'],
      output: ['y'],
      attribute: ['by'],
      opsetImport,
      node: [
        {
          opType: 'Affine',
          domain,
          name: 'affine',
          input: ['x'],
          output: ['h'],
          attribute: by('scale'),
        },
        { opType: 'Add', input: ['h', 'x'], output: ['y'] },
      ],
    },
    {
      name: 'outer',
      domain: 'local',
      input: ['a'],
      output: ['b'],
      attribute: ['by'],
      opsetImport,
      node: [
        {
          opType: 'inner',
          domain: 'local',
          name: 'call',
          input: ['a'],
          output: ['h'],
          attribute: by('by'),
        },
        { opType: 'Neg', input: ['h'], output: ['b'] },
      ],
    },
  ];
};

/** Two calls of outer, one in the branch of an If where `isInside`. */
const model = (domain: string, isInside = false): OnnxTypes.ModelProto => {
  const call = (name: string, input: string, output: string, by: number): OnnxTypes.INodeProto => ({
    opType: 'outer',
    domain: 'local',
    name,
    input: [input],
    output: [output],
    attribute: [{ name: 'by', type: 1, f: by }],
  });
  const branch = (node: OnnxTypes.INodeProto): OnnxTypes.IGraphProto => ({
    name: 'branch',
    node: [node],
    output: [value(node.output![0]!)],
  });
  const second = call('second', 'h', isInside ? 'inside' : 'y', 3);
  const choice: OnnxTypes.INodeProto = {
    opType: 'If',
    name: 'choice',
    input: ['c'],
    output: ['y'],
    attribute: [
      { name: 'then_branch', type: 5, g: branch(second) },
      {
        name: 'else_branch',
        type: 5,
        g: branch({ opType: 'Abs', input: ['h'], output: ['other'] }),
      },
    ],
  };
  const c = { name: 'c', type: { tensorType: { elemType: 9, shape: {} } } };
  return onnx.ModelProto.create({
    irVersion: 8,
    opsetImport: [
      { domain: '', version: 17 },
      { domain: 'local', version: 1 },
      { domain, version: 1 },
    ],
    graph: {
      name: 'g',
      input: isInside ? [value('x'), c] : [value('x')],
      output: [value('y')],
      node: [call('first', 'x', 'h', 2), isInside ? choice : second],
    },
    functions: functions(domain),
  });
};

const numbers = ({ y }: InferenceSession.OnnxValueMapType): number[] => [
  ...(y!.data as Float32Array),
];

describe.each(copies)('%s', (_, ort: OrtModule) => {
  const create = (proto: OnnxTypes.ModelProto): Promise<InferenceSession> =>
    ort.InferenceSession.create(onnx.ModelProto.encode(proto).finish(), custom);
  const x = new ort.Tensor('float32', Float32Array.of(1, -2), [2]);

  it('expands calls of functions whose custom nodes have kernels only, attributes and all', async () => {
    for (const [domain, label] of [
      ['test.ops', 'test.ops@1::Affine'],
      ['test.bodyless', 'test.bodyless@1::Affine'],
    ]) {
      const session = await create(model(domain!));
      // outer(x; 2) = -3x, outer(-3x; 3) = 12x.
      expect(numbers(await session.run({ x }))).toEqual([12, -24]);
      expect(sessionInfo(session).kernels).toEqual([
        { node: 'first/call/affine', op: label, form: 'js' },
        { node: 'second/call/affine', op: label, form: 'js' },
      ]);
      await session.release();
    }
  });

  it('leaves functions alone whose custom nodes have a function in the model', async () => {
    const proto = model('test.ops');
    proto.functions.push(
      functionOf(affine, signatureOf(affine, { T: 'float32' }, ['x']), 17, 'Affine'),
    );
    const session = await create(proto);
    expect(sessionInfo(session)).toMatchObject({ kernels: [], segments: [{ nodes: undefined }] });
    expect(numbers(await session.run({ x }))).toEqual([12, -24]);
    await session.release();
  });

  it.each([
    ['test.ops', []],
    ['test.bodyless', ['choice']],
  ])(
    'expands calls inside control flow, where %s has a body or is interpreted',
    async (domain, names) => {
      const session = await create(model(domain, true));
      const run = async (yes: boolean): Promise<number[]> =>
        numbers(await session.run({ x, c: new ort.Tensor('bool', [yes], []) }));
      expect(await run(true)).toEqual([12, -24]);
      expect(await run(false)).toEqual([3, 6]);
      const { interpreted, kernels } = sessionInfo(session);
      expect(interpreted.map(({ node }) => node)).toEqual(names);
      expect(kernels.map(({ node }) => node)).toEqual(['first/call/affine']);
      await session.release();
    },
  );

  it('names the function of a node that nobody can run', async () => {
    const proto = model('test.ops');
    proto.functions[1]!.node!.push({
      opType: 'Mystery',
      domain: 'test.ops',
      input: ['a'],
      output: ['z'],
      name: 'm',
    });
    await expect(create(proto)).rejects.toThrow(
      /node .*m" \(test\.ops::Mystery\).* needs the operator test\.ops@1::Mystery/,
    );
  });
});
