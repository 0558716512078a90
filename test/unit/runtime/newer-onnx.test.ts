// A model of a newer ONNX than the decoder knows, written by bytes: what the splitter does not understand travels on.

import { describe, expect, it } from 'vitest';
import { readModel } from '../../../src/onnx/bytes-model.ts';
import { fieldsOf, MessageBytes, textOf, type Field } from '../../../src/onnx/bytes.ts';
import { onnx, type OnnxTypes } from '../../../src/onnx/index.ts';
import { sessionInfo, type OrtModule } from '../../../src/runtime/index.ts';
import { planModel } from '../../../src/runtime/plan.ts';
import { resolveOperators } from '../../../src/runtime/resolve.ts';
import { segmentBytes } from '../../../src/runtime/segment.ts';
import { OpRegistry } from '../../../src/schema/index.ts';
import { copies, custom } from './copies.ts';
import { affine } from './operators.ts';

const entry = (key: string, value: string): MessageBytes =>
  new MessageBytes().text(1, key).text(2, value);
const varint = (number: number, value: number): Uint8Array => Uint8Array.of(number << 3, value);

/** NodeProto: metadata_props (9), device_configurations (10), overload (8). */
const nodeOf = (
  type: string,
  input: string,
  output: string,
  { domain = '', overload = '' } = {},
): MessageBytes => {
  const node = new MessageBytes()
    .text(1, input)
    .text(2, output)
    .text(3, `node-${output}`)
    .text(4, type);
  if (domain !== '') node.text(7, domain);
  if (overload !== '') node.text(8, overload);
  node.field(9, entry('node-note', output));
  return node.field(10, new MessageBytes().text(1, `device-of-${output}`));
};

/** FunctionProto: attribute_proto (11), value_info (12), overload (13), metadata_props (14). */
const functionOf = (overload: string, factor: number): MessageBytes => {
  const scalar = onnx.AttributeProto.encode({ name: 'factor', type: 1, f: factor }).finish();
  const reference = onnx.AttributeProto.encode({
    name: 'value_float',
    type: 1,
    refAttrName: 'factor',
  }).finish();
  const constant = new MessageBytes().text(2, 'c').text(4, 'Constant').field(5, reference);
  const product = new MessageBytes().text(1, 'a').text(1, 'c').text(2, 'b').text(4, 'Mul');
  return new MessageBytes()
    .text(1, 'Times')
    .text(4, 'a')
    .text(5, 'b')
    .field(7, constant)
    .field(7, product)
    .field(9, new MessageBytes().fields([varint(2, 21)]))
    .text(10, 'local')
    .field(11, scalar)
    .text(13, overload)
    .field(14, entry('function-note', overload));
};

const info = (name: string): Uint8Array =>
  onnx.ValueInfoProto.encode({
    name,
    type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: 2 }] } } },
  }).finish();

/** x -> Times "two" -> Affine -> Times "three" -> y, of IR 11. */
const newer = (): Uint8Array => {
  const opset = (domain: string, version: number): MessageBytes =>
    new MessageBytes().text(1, domain).fields([varint(2, version)]);
  const graph = new MessageBytes()
    .field(1, nodeOf('Times', 'x', 'a', { domain: 'local', overload: 'two' }))
    .field(1, nodeOf('Affine', 'a', 'b', { domain: 'test.ops' }))
    .field(1, nodeOf('Times', 'b', 'y', { domain: 'local', overload: 'three' }))
    .text(2, 'graph')
    .field(11, info('x'))
    .field(12, info('y'))
    .field(16, entry('graph-note', 'kept'));
  return new MessageBytes()
    .fields([varint(1, 11)])
    .field(7, graph)
    .field(8, opset('', 21))
    .field(8, opset('local', 1))
    .field(8, opset('test.ops', 1))
    .field(25, functionOf('two', 2))
    .field(25, functionOf('three', 3))
    .field(26, new MessageBytes().text(1, 'configuration'))
    .finish();
};

const inside = (bytes: Uint8Array, number: number): Field[] =>
  fieldsOf(bytes, 'test').filter((field) => field.number === number);

describe('a model of a newer ONNX', () => {
  const model = readModel(newer());
  const plan = planModel(resolveOperators(model, new OpRegistry([affine]), 'm'), 'm');
  const segments = plan.steps.flatMap((step) =>
    step.kind === 'segment' ? [segmentBytes(model, step, new Map())] : [],
  );

  it('keeps, in each segment, the whole bytes of nodes and functions it does not understand', () => {
    expect(segments.length).toBe(2);
    const nodes = inside(inside(newer(), 7)[0]!.payload, 1);
    segments.forEach((bytes, at) => {
      const [graph] = inside(bytes, 7);
      expect(inside(graph!.payload, 1).map(({ payload }) => [...payload])).toEqual([
        [...nodes[2 * at]!.payload],
      ]);
      const notes = inside(graph!.payload, 16).map(({ payload }) =>
        textOf(inside(payload, 1)[0]!.payload),
      );
      expect(notes).toEqual(['graph-note']);
      expect(inside(bytes, 25).map(({ payload }) => [...payload])).toEqual(
        inside(newer(), 25).map(({ payload }) => [...payload]),
      );
      expect(
        inside(bytes, 26).map(({ payload }) => textOf(inside(payload, 1)[0]!.payload)),
      ).toEqual(['configuration']);
    });
  });

  it('has fields that the decoder would lose', () => {
    const decoded: OnnxTypes.ModelProto = onnx.ModelProto.decode(newer());
    const again = onnx.ModelProto.encode(decoded).finish();
    expect(new TextDecoder('latin1').decode(again)).not.toContain('function-note');
  });

  it.each(copies)(
    'runs in %s: overloads and defaults of function attributes hold',
    async (_, ort: OrtModule) => {
      const session = await ort.InferenceSession.create(newer(), custom);
      expect(sessionInfo(session).segments.length).toBe(2);
      const x = new ort.Tensor('float32', Float32Array.of(1, -1), [2]);
      // Affine's default scale is 2.
      expect([...((await session.run({ x }))['y']!.data as Float32Array)]).toEqual([12, -12]);
      await session.release();
    },
  );
});
