// Models in parts by their bytes: nothing is lost, damage is told.

import { describe, expect, it } from 'vitest';
import { readModel, writePart } from '../../../src/onnx/bytes-model.ts';
import { fieldsOf, MessageBytes } from '../../../src/onnx/bytes.ts';
import { ModelBuilder, onnx } from '../../../src/onnx/index.ts';
import { ModelError, tensor } from '../../../src/schema/index.ts';
import { sandwich } from './models.ts';

/** A field no version of ONNX has. */
const unknown = (text: string): Uint8Array => new MessageBytes().text(1999, text).finish();

const withUnknown = (bytes: Uint8Array, text: string): Uint8Array =>
  new MessageBytes().fields([bytes, unknown(text)]).finish();

/** The sandwich with unknown fields in model, graph, first node, first initialiser and first function. */
const newerModel = (): Uint8Array => {
  const mark = (
    bytes: Uint8Array,
    marks: Readonly<Record<number, (b: Uint8Array) => Uint8Array>>,
  ) => {
    const message = new MessageBytes();
    const seen = new Set<number>();
    for (const { number, whole, payload } of fieldsOf(bytes, 'test')) {
      const change = seen.has(number) ? undefined : marks[number];
      seen.add(number);
      if (change === undefined) message.fields([whole]);
      else message.field(number, change(payload));
    }
    return message.finish();
  };
  const model = mark(sandwich({}, true), {
    7: (graph) =>
      withUnknown(
        mark(graph, { 1: (n) => withUnknown(n, 'in node'), 5: (t) => withUnknown(t, 'in tensor') }),
        'in graph',
      ),
    25: (f) => withUnknown(f, 'in function'),
  });
  return withUnknown(model, 'in model');
};

const textOf = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

describe('a model in parts', () => {
  it('is the same model when all parts are put together', () => {
    const bytes = sandwich({}, true);
    const model = readModel(bytes);
    const whole = writePart(model, model.graph);
    expect(onnx.ModelProto.decode(whole).toJSON()).toEqual(onnx.ModelProto.decode(bytes).toJSON());
  });

  it('keeps fields it does not know', () => {
    const model = readModel(newerModel());
    const whole = textOf(writePart(model, model.graph));
    for (const place of ['node', 'tensor', 'graph', 'function', 'model']) {
      expect(whole).toContain(`in ${place}`);
    }
  });

  it('drops functions that no node of the part calls', () => {
    const model = readModel(sandwich({}, true));
    const nodes = model.graph.nodes.filter(({ domain }) => domain === '');
    const part = onnx.ModelProto.decode(writePart(model, { ...model.graph, nodes }));
    expect(model.functions.length).toBe(1);
    expect(part.functions).toEqual([]);
  });

  it('knows what subgraphs read from outside', () => {
    const model = new ModelBuilder();
    const c = model.input('c', 'bool', []);
    const x = model.input('x', 'float32', [2]);
    const y = model.op(
      'If',
      [c],
      {
        then_branch: {
          graph: (g) => ({
            inputs: [],
            outputs: [{ value: g.op('Neg', [x]), dtype: 'float32', rank: 1 }],
          }),
        },
        else_branch: {
          graph: (g) => ({
            inputs: [],
            outputs: [{ value: g.op('Abs', [x]), dtype: 'float32', rank: 1 }],
          }),
        },
      },
      { outputs: ['y'] },
    );
    model.output(y, 'y', 'float32', [2]);
    const node = readModel(model.build()).graph.nodes.find(({ type }) => type === 'If')!;
    expect([...node.reads]).toEqual(['c', 'x']);
    expect(node.inner.map(({ type }) => type)).toEqual(['Neg', 'Abs']);
  });

  it('reads a graph that comes in two pieces as one', () => {
    const bytes = sandwich();
    const message = new MessageBytes();
    for (const { number, whole, payload } of fieldsOf(bytes, 'test')) {
      if (number !== 7) {
        message.fields([whole]);
        continue;
      }
      const fields = fieldsOf(payload, 'test').map((f) => f.whole);
      message.field(7, new MessageBytes().fields(fields.slice(0, 2)));
      message.field(7, new MessageBytes().fields(fields.slice(2)));
    }
    const [one, two] = [readModel(bytes).graph, readModel(message.finish()).graph];
    expect(two.nodes.map(({ type }) => type)).toEqual(one.nodes.map(({ type }) => type));
    expect(two.outputs).toEqual(one.outputs);
  });

  it('writes lengths over 127 and 16383 right', () => {
    for (const size of [0, 127, 128, 16383, 16384, 70000]) {
      const bytes = new MessageBytes().field(300, new Uint8Array(size).fill(7)).finish();
      const [field] = fieldsOf(bytes, 'test');
      expect([field!.number, field!.payload.length]).toEqual([300, size]);
      expect(field!.whole.length).toBe(bytes.length);
    }
  });
});

/** What reading throws, or undefined. */
const thrownBy = (bytes: Uint8Array): unknown => {
  try {
    readModel(bytes);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('bytes that are no model', () => {
  const expectNoModel = (bytes: Uint8Array, message: RegExp): void => {
    expect(() => readModel(bytes, 'm.onnx')).toThrow(ModelError);
    expect(() => readModel(bytes, 'm.onnx')).toThrow(message);
  };

  it('are told with their length', () => {
    expectNoModel(new Uint8Array(), /^m.onnx: the file must be an ONNX model, got no bytes/);
    expectNoModel(new TextEncoder().encode('<!doctype html><html>'), /m.onnx: the file must be/);
    expectNoModel(
      Uint8Array.of(0, 0, 0, 0),
      /m.onnx: the file must be a whole ONNX model, got 4 bytes/,
    );
  });

  it('are told at whatever byte the model ends too early', () => {
    const bytes = sandwich({}, true);
    const errors = Array.from(bytes, (_, size) => thrownBy(bytes.subarray(0, size)));
    const refused = errors.filter((error) => error !== undefined).length;
    expect(errors.filter((error) => error !== undefined && !(error instanceof ModelError))).toEqual(
      [],
    );
    // A cut right behind the graph leaves a whole message: only the functions and metadata behind it are missing.
    expect(refused).toBeGreaterThanOrEqual(bytes.length - 4);
  });

  it('are told for any single damaged byte, or read as another model, but nothing else is thrown', () => {
    const bytes = sandwich();
    const errors = Array.from(bytes, (byte, at) => thrownBy(bytes.with(at, byte ^ 0xff)));
    expect(errors.some((error) => error instanceof ModelError)).toBe(true);
    expect(errors.filter((error) => error !== undefined && !(error instanceof ModelError))).toEqual(
      [],
    );
  });
});

describe('a constant', () => {
  it('travels by its bytes, whatever its element type', () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', [2]);
    const w = model.initializer('w', tensor('float32', Float32Array.of(1.5, -2), [2]));
    model.output(model.op('Add', [x, w], {}, { outputs: ['y'] }), 'y', 'float32', [2]);
    const parts = readModel(model.build());
    const [initializer] = parts.graph.initializers;
    expect(initializer!.name).toBe('w');
    expect(textOf(writePart(parts, parts.graph))).toContain(textOf(initializer!.bytes));
  });
});
