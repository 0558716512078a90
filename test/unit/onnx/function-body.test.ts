// functionOf and signatures: names, formal inputs, attributes, opsets, and what cannot be a function.

import { describe, expect, it } from 'vitest';
import { functionOf, numberOf, signatureName, signatureOf } from '../../../src/onnx/index.ts';
import { missing, type OpDefinition } from '../../../src/schema/index.ts';
import { bodiless, scale } from './scale-op.ts';

const float32 = { T: 'float32' } as const;

describe('signatureOf', () => {
  it('holds types, inputs present and the specialised attributes with their defaults', () => {
    expect(signatureOf(scale, { T: 'float64' }, ['x', 'c'], { factor: 3 })).toEqual({
      types: { T: 'float64' },
      present: { x: true, b: false, c: true },
      attributes: { mode: 'plain' },
    });
  });

  it('refuses an operator without a body, with its reason', () => {
    expect(() => signatureOf(bodiless, float32, ['x'])).toThrow(/missing: tested without/);
  });
});

describe('signatureName', () => {
  it('tells types, optional inputs and specialised attributes', () => {
    const signature = signatureOf(scale, { T: 'float64' }, ['x', 'c'], { mode: 'negated' });
    expect(signatureName(scale, signature)).toBe('Scale__float64_c_negated');
  });
});

describe('functionOf', () => {
  const signature = signatureOf(scale, float32, ['x', 'c']);

  it("imports the model's opset, whichever it is", () => {
    const versions = [13, 17, 26].map((opset) => {
      const { domain, opsetImport } = functionOf(scale, signature, opset);
      return [domain, opsetImport.map(({ version }) => numberOf(version, 'opset'))];
    });
    expect(versions).toEqual([
      ['com.example', [13]],
      ['com.example', [17]],
      ['com.example', [26]],
    ]);
  });

  it('keeps input positions, and lists every attribute, those it is specialised for too', () => {
    const { name, input, output, attribute } = functionOf(scale, signature, 17);
    expect({ name, input, output, attribute }).toEqual({
      name: 'Scale',
      input: ['x', 'b', 'c'],
      output: ['y'],
      attribute: ['factor', 'mode'],
    });
  });

  it('refers to an attribute by one Constant node, in front of all others', () => {
    const twice: OpDefinition = {
      ...scale,
      body: {
        specialised: [],
        build: (graph) => ({
          y: graph.op('Add', [graph.attribute('factor'), graph.attribute('factor')]),
        }),
      },
    };
    const { node } = functionOf(twice, signatureOf(twice, float32, ['x']), 17);
    expect(node?.map(({ opType }) => opType)).toEqual(['Constant', 'Add', 'Identity']);
    expect(node?.[0]?.attribute?.[0]).toMatchObject({
      name: 'value_float',
      refAttrName: 'factor',
    });
  });

  it('gives values names of their own throughout, subgraphs included, and none that an input or output has', () => {
    const nested: OpDefinition = {
      ...scale,
      body: {
        specialised: [],
        build: (graph, { x }) => {
          const condition = graph.scalar('bool', 1);
          const branch = {
            graph: (inner: typeof graph) => ({
              inputs: [],
              outputs: [{ value: inner.op('Neg', [x]), dtype: 'float32' as const }],
            }),
          };
          return { y: graph.op('If', [condition], { then_branch: branch, else_branch: branch }) };
        },
      },
    };
    const { node } = functionOf(nested, signatureOf(nested, float32, ['x']), 17);
    const branches = node?.find(({ opType }) => opType === 'If')?.attribute ?? [];
    const names = [...(node ?? []), ...branches.flatMap(({ g }) => g?.node ?? [])].flatMap(
      ({ output }) => output ?? [],
    );
    expect(names).toHaveLength(5);
    expect(new Set([...names, 'x']).size).toBe(6);
  });

  it.each<[string, OpDefinition['body'], RegExp]>([
    ['no body', missing('needs a sort'), /missing: needs a sort/],
    [
      'a reference to a specialised attribute',
      { specialised: ['mode'], build: (graph) => ({ y: graph.attribute('mode') }) },
      /attribute mode must be in the schema and not among those/,
    ],
    [
      'a reference to an unknown attribute',
      { specialised: [], build: (graph) => ({ y: graph.attribute('speed') }) },
      /attribute speed must be in the schema/,
    ],
  ])('refuses %s', (_what, body, message) => {
    expect(() => functionOf({ ...scale, body }, signature, 17)).toThrow(message);
  });

  it('refuses a variadic input, which no ONNX function has', () => {
    const variadic: OpDefinition = {
      ...scale,
      schema: { ...scale.schema, inputs: { x: 'T...' } },
    };
    expect(() => functionOf(variadic, signature, 17)).toThrow(/input x is variadic/);
  });

  it('refuses an opset it does not write', () => {
    expect(() => functionOf(scale, signature, 27)).toThrow(
      /opset must be an integer in \[13, 26\]/,
    );
  });
});
