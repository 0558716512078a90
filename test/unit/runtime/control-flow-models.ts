// Models with custom nodes inside If, Loop and Scan, in four versions: with the model's function, with an operator that has a body,
// with one that has none, and with standard operators in the custom ones' place, which stock onnxruntime runs.

import {
  attributeToProto,
  functionOf,
  ModelBuilder,
  onnx,
  signatureOf,
  type GraphScope,
  type NodeAttributes,
} from '../../../src/onnx/index.ts';
import {
  missing,
  type BodyBuilder,
  type BodyGraph,
  type BodyValue,
  type DType,
  type OpDefinition,
} from '../../../src/schema/index.ts';
import { floats } from './models.ts';
import { affine } from './operators.ts';

/** Affine without a function body, in a domain of its own. */
export const bodyless: OpDefinition = {
  ...affine,
  schema: { ...affine.schema, domain: 'test.bodyless' },
  label: 'test.bodyless@1::Affine',
  body: missing('a test of operators without one'),
};

/** How the model's custom nodes are to be run. */
export type Version = 'function' | 'body' | 'none' | 'standard';

/** Builds a version of a model. */
export class VersionedModel extends ModelBuilder {
  readonly #version: Version;

  constructor(version: Version) {
    super();
    this.#version = version;
  }

  /** 3 * x + 1, or scale * x + shift, as a custom node of a graph. */
  affine(graph: BodyBuilder, x: BodyValue, shift: BodyValue | undefined, scale = 3): BodyValue {
    if (this.#version === 'standard') {
      // Names of their own, which shift no others.
      const named = (name: string): { readonly outputs: readonly string[] } => ({
        outputs: [this.names.untaken(name)],
      });
      const scope = graph as GraphScope;
      const value = { tensor: floats([scale], []) };
      const factor = scope.op('Constant', [], { value }, named('factor'));
      if (shift === undefined) return scope.op('Mul', [x, factor], {}, named('affine'));
      const scaled = scope.op('Mul', [x, factor], {}, named('scaled'));
      return scope.op('Add', [scaled, shift], {}, named('affine'));
    }
    const inputs = shift === undefined ? [x] : [x, shift];
    const attributes = [attributeToProto('scale', { float: scale })];
    const domain = this.#version === 'none' ? 'test.bodyless' : 'test.ops';
    const type = this.#version === 'function' && shift !== undefined ? 'Shifted' : 'Affine';
    // The same name in every version.
    const { names } = this;
    const outputs = [names.untaken('affine')];
    return (graph as GraphScope).node(1, domain, type, inputs, attributes, { outputs })[0]!;
  }

  override build(): Uint8Array {
    if (this.#version === 'standard') return super.build();
    const proto = onnx.ModelProto.decode(super.build());
    const domain = this.#version === 'none' ? 'test.bodyless' : 'test.ops';
    proto.opsetImport.push({ domain, version: 1 });
    if (this.#version === 'function') {
      const T = { T: 'float32' } as const;
      proto.functions.push(
        functionOf(affine, signatureOf(affine, T, ['x']), 17, 'Affine'),
        functionOf(affine, signatureOf(affine, T, ['x', 'shift']), 17, 'Shifted'),
      );
    }
    return onnx.ModelProto.encode(proto).finish();
  }
}

const port = (value: BodyValue, rank?: number, dtype: DType = 'float32') => ({
  value,
  dtype,
  ...(rank === undefined ? {} : { rank }),
});

/** If: one branch with a custom node that captures a value and a constant, one without. */
export const ifModel = (version: Version, scale = 3): Uint8Array => {
  const model = new VersionedModel(version);
  const c = model.input('c', 'bool', []);
  const x = model.input('x', 'float32', [2]);
  const w = model.initializer('w', {
    dtype: 'float32',
    dims: [],
    data: Float32Array.of(7),
  });
  const inside = model.op('Neg', [x]);
  const y = model.op(
    'If',
    [c],
    {
      then_branch: {
        graph: (g) => ({ inputs: [], outputs: [port(model.affine(g, inside, w, scale), 1)] }),
      },
      else_branch: {
        graph: (g) => ({ inputs: [], outputs: [port(g.op('Abs', [inside]), 1)] }),
      },
    },
    { name: 'choice' },
  );
  model.output(model.op('Exp', [y], {}, { outputs: ['y'] }), 'y', 'float32', [2]);
  return model.build();
};

/** Loop: a value carried on, one collected, an If with a custom node inside. */
export const loopModel = (version: Version): Uint8Array => {
  const model = new VersionedModel(version);
  const count = model.input('count', 'int64', []);
  const goes = model.input('goes', 'bool', []);
  const x = model.input('x', 'float32', [2]);
  const limit = model.input('limit', 'float32', []);
  const body = (g: BodyBuilder): BodyGraph => {
    const [i, cond, state] = [g.value('i'), g.value('cond'), g.value('state')];
    const even = g.op('Equal', [g.op('Mod', [i, g.scalar('int64', 2)]), g.scalar('int64', 0)]);
    const next = g.op('If', [even], {
      then_branch: {
        graph: (h) => ({ inputs: [], outputs: [port(model.affine(h, state, x2), 1)] }),
      },
      else_branch: {
        graph: (h) => ({ inputs: [], outputs: [port(h.op('Sub', [state, x]), 1)] }),
      },
    });
    const sum = g.op('ReduceSum', [next], { keepdims: { int: 0 } });
    const on = g.op('Less', [sum, limit]);
    return {
      inputs: [port(i, 0, 'int64'), port(cond, 0, 'bool'), port(state, 1)],
      outputs: [port(on, 0, 'bool'), port(next, 1), port(sum, 0), port(next, 1)],
    };
  };
  const x2 = model.op('ReduceMax', [x], { keepdims: { int: 0 } });
  const [last, sums, states] = model.ops(3, 'Loop', [count, goes, x], { body: { graph: body } });
  model.output(last!, 'last', 'float32', [2]);
  model.output(sums!, 'sums', 'float32', ['n']);
  model.output(states!, 'states', 'float32', ['n', 2]);
  return model.build();
};

/** Scan: a carried sum, inputs along axis 1 and backwards, outputs along axis 1 and backwards. */
export const scanModel = (version: Version): Uint8Array => {
  const model = new VersionedModel(version);
  const start = model.input('start', 'float32', [2]);
  const a = model.input('a', 'float32', [2, 'n']);
  const b = model.input('b', 'float32', ['n', 2]);
  const body = (g: BodyBuilder): BodyGraph => {
    const [sum, left, right] = [g.value('sum'), g.value('left'), g.value('right')];
    const made = model.affine(g, g.op('Add', [left, right]), undefined, 2);
    const next = g.op('Add', [sum, made]);
    return {
      inputs: [port(sum, 1), port(left, 1), port(right, 1)],
      // onnxruntime leaves a carried value unset that is listed a second time as a scanned output.
      outputs: [port(next, 1), port(made, 1), port(g.op('Identity', [next]), 1)],
    };
  };
  const attributes: NodeAttributes = {
    body: { graph: body },
    num_scan_inputs: { int: 2 },
    scan_input_axes: { ints: [1, 0] },
    scan_input_directions: { ints: [0, 1] },
    scan_output_axes: { ints: [1, -2] },
    scan_output_directions: { ints: [0, 1] },
  };
  const [last, made, sums] = model.ops(3, 'Scan', [start, a, b], attributes);
  model.output(last!, 'last', 'float32', [2]);
  model.output(made!, 'made', 'float32', [2, 'n']);
  model.output(sums!, 'sums', 'float32', ['n', 2]);
  return model.build();
};

/** A Loop that collects a value whose shape the body declares, or not. */
export const collectModel = (version: Version, rank: number | undefined): Uint8Array => {
  const model = new VersionedModel(version);
  const count = model.input('count', 'int64', []);
  const x = model.input('x', 'float32', [2]);
  const body = (g: BodyBuilder): BodyGraph => {
    const [i, cond] = [g.value('i'), g.value('cond')];
    return {
      inputs: [port(i, 0, 'int64'), port(cond, 0, 'bool')],
      outputs: [
        port(g.op('Identity', [cond]), 0, 'bool'),
        port(model.affine(g, x, undefined), rank),
      ],
    };
  };
  const [all] = model.ops(1, 'Loop', [count, model.scalar('bool', 1)], { body: { graph: body } });
  model.output(all!, 'all', 'float32', undefined);
  return model.build();
};

/** A custom node inside a SequenceMap, which nobody interprets. */
export const sequenceMapModel = (version: Version): Uint8Array => {
  const model = new VersionedModel(version);
  const x = model.input('x', 'float32', [2]);
  const list = model.op('SequenceConstruct', [x, x]);
  const body = (g: BodyBuilder): BodyGraph => {
    const one = g.value('one');
    return { inputs: [port(one, 1)], outputs: [port(model.affine(g, one, undefined), 1)] };
  };
  const mapped = model.op('SequenceMap', [list], { body: { graph: body } }, { name: 'map' });
  model.output(model.op('ConcatFromSequence', [mapped], { axis: { int: 0 } }), 'y', 'float32', [4]);
  return model.build();
};

/** A Loop that carries a sequence and has a custom node inside. */
export const carriedSequenceModel = (version: Version): Uint8Array => {
  const model = new VersionedModel(version);
  const count = model.input('count', 'int64', []);
  const x = model.input('x', 'float32', [2]);
  const list = model.op('SequenceConstruct', [x]);
  const body = (g: BodyBuilder): BodyGraph => {
    const [i, cond, state] = [g.value('i'), g.value('cond'), g.value('state')];
    const next = g.op('SequenceInsert', [state, model.affine(g, x, undefined)]);
    return {
      inputs: [port(i, 0, 'int64'), port(cond, 0, 'bool'), { value: state, dtype: 'float32' }],
      outputs: [port(g.op('Identity', [cond]), 0, 'bool'), { value: next, dtype: 'float32' }],
    };
  };
  const last = model.op(
    'Loop',
    [count, undefined, list],
    { body: { graph: body } },
    { name: 'grow' },
  );
  model.output(
    model.op('ConcatFromSequence', [last], { axis: { int: 0 } }),
    'y',
    'float32',
    undefined,
  );
  const proto = onnx.ModelProto.decode(model.build());
  const loop = proto.graph!.node!.find(({ opType }) => opType === 'Loop')!;
  const type = { sequenceType: { elemType: { tensorType: { elemType: 1 } } } };
  const graph = loop.attribute![0]!.g!;
  graph.input![2]!.type = type;
  graph.output![1]!.type = type;
  return onnx.ModelProto.encode(proto).finish();
};
