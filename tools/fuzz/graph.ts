// Random graphs with custom nodes at random places: in the main graph, in branches of If, in bodies of Loop and Scan, in
// model-local functions. Each comes with its twin, in which every custom node is the standard one that gives the same bits.

import { tensorToProto } from '../../src/onnx/tensors.ts';
import { onnx, type OnnxTypes } from '../../src/onnx/proto.ts';
import { tensor, type Tensor } from '../../src/schema/index.ts';
import type { Random } from '../../src/testing/index.ts';
import { bare, fuzzDomain } from './operators.ts';

/** A random model and its twin. */
export interface RandomGraph {
  readonly custom: Uint8Array;
  readonly stock: Uint8Array;
  readonly feeds: ReadonlyMap<string, Tensor>;
}

const dims = [2, 4];
const functionDomain = 'test.functions';

const { FLOAT, INT64, BOOL } = onnx.TensorProto.DataType;
const kinds = onnx.AttributeProto.AttributeType;

const info = (name: string, elemType: number = FLOAT, shape: readonly number[] = dims) => ({
  name,
  type: { tensorType: { elemType, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
});

const intAttribute = (name: string, i: number): OnnxTypes.IAttributeProto => ({
  name,
  type: kinds.INT,
  i,
});

/** Grows one model; `isTwin` decides how its custom nodes are written, and draws nothing. */
class Grower {
  readonly initializers: OnnxTypes.ITensorProto[] = [];
  readonly functions: OnnxTypes.IFunctionProto[] = [];
  readonly #random: Random;
  readonly #isTwin: boolean;
  #names = 0;

  constructor(random: Random, isTwin: boolean) {
    this.#random = random;
    this.#isTwin = isTwin;
  }

  name(hint: string): string {
    return `${hint}_${this.#names++}`;
  }

  constant(value: Tensor): string {
    const name = this.name('constant');
    this.initializers.push(tensorToProto(value, name));
    return name;
  }

  /** A node that is custom at random. */
  #node(
    type: string,
    input: readonly string[],
    outputs: number,
    attribute: readonly OnnxTypes.IAttributeProto[] = [],
  ): OnnxTypes.INodeProto {
    const isCustom = this.#random.uniform() < 0.45;
    const suffix = this.#random.uniform() < 0.5 ? bare : '';
    const name = this.name(type);
    const output = Array.from({ length: outputs }, (_, i) => `${name}_${i}`);
    const common = { name, input: [...input], output };
    return isCustom && !this.#isTwin
      ? { ...common, opType: type + suffix, domain: fuzzDomain }
      : { ...common, opType: type, attribute: [...attribute] };
  }

  /** Adds random nodes to `nodes`; every value is float32 of the one shape.
   * @returns All values, those given first. */
  grow(
    nodes: OnnxTypes.INodeProto[],
    given: readonly string[],
    count: number,
    depth: number,
  ): string[] {
    const values = [...given];
    // Recent values are drawn more often: deep graphs, not wide ones.
    const draw = (): string =>
      this.#random.uniform() < 0.5 ? values.at(-1)! : this.#random.pick(values);
    const add = (node: OnnxTypes.INodeProto): void => {
      nodes.push(node);
      values.push(...(node.output ?? []));
    };
    for (let i = 0; i < count; i++) {
      const roll = this.#random.uniform();
      if (roll < 0.3) add(this.#node(this.#random.pick(['Neg', 'Abs']), [draw()], 1));
      else if (roll < 0.6) {
        add(this.#node(this.#random.pick(['Add', 'Sub', 'Mul']), [draw(), draw()], 1));
      } else if (roll < 0.66) add({ ...this.#plain('Tanh', [draw()]) });
      else if (roll < 0.72) add(this.#plain('Clip', [draw()]));
      else if (roll < 0.82) values.push(this.#splitAndJoin(nodes, draw()));
      else if (depth > 0 && roll < 0.88) add(this.#if(values, depth));
      else if (depth > 0 && roll < 0.92) add(this.#loop(values, draw(), depth));
      else if (depth > 0 && roll < 0.95) add(this.#scan(values, draw(), depth));
      else if (depth > 0) add(this.#call(draw(), draw()));
    }
    return values;
  }

  #plain(opType: string, input: readonly string[]): OnnxTypes.INodeProto {
    const name = this.name(opType);
    return { name, opType, input: [...input], output: [`${name}_0`] };
  }

  #splitAndJoin(nodes: OnnxTypes.INodeProto[], input: string): string {
    const split = this.#node('Split', [input], 2, [
      intAttribute('axis', -1),
      intAttribute('num_outputs', 2),
    ]);
    const [first, second] = split.output!;
    const joined = this.#node('Concat', [second!, first!], 1, [intAttribute('axis', -1)]);
    nodes.push(split, joined);
    return joined.output![0]!;
  }

  /** The type a body's outputs are declared with: shapes are known here, and left out at random. */
  #output(name: string): OnnxTypes.IValueInfoProto {
    return this.#random.uniform() < 0.3
      ? { name, type: { tensorType: { elemType: FLOAT } } }
      : info(name);
  }

  #branch(values: readonly string[], depth: number): OnnxTypes.IGraphProto {
    const node: OnnxTypes.INodeProto[] = [];
    const made = this.grow(node, values, 1 + this.#random.integer(3), depth - 1);
    // A branch gives a value of its own: onnxruntime wants no outer value as an output.
    const last = this.#node('Neg', [made.at(-1)!], 1);
    node.push(last);
    return { name: this.name('branch'), node, output: [this.#output(last.output![0]!)] };
  }

  #if(values: readonly string[], depth: number): OnnxTypes.INodeProto {
    const name = this.name('If');
    const condition = this.#random.uniform() < 0.5 ? 'yes' : 'no';
    return {
      name,
      opType: 'If',
      input: [condition],
      output: [`${name}_0`],
      attribute: [
        { name: 'then_branch', type: kinds.GRAPH, g: this.#branch(values, depth) },
        { name: 'else_branch', type: kinds.GRAPH, g: this.#branch(values, depth) },
      ],
    };
  }

  #loop(values: readonly string[], carried: string, depth: number): OnnxTypes.INodeProto {
    const name = this.name('Loop');
    const [turn, going, state, goes] = ['turn', 'going', 'state', 'goes'].map((n) => this.name(n));
    const node: OnnxTypes.INodeProto[] = [
      { opType: 'Identity', input: [going!], output: [goes!], name: this.name('Identity') },
    ];
    const made = this.grow(node, [...values, state!], 1 + this.#random.integer(3), depth - 1);
    const last = this.#node('Add', [made.at(-1)!, state!], 1);
    node.push(last);
    const trips = this.constant(
      tensor('int64', BigInt64Array.of(BigInt(this.#random.integer(4))), []),
    );
    return {
      name,
      opType: 'Loop',
      input: [trips, '', carried],
      output: [`${name}_0`],
      attribute: [
        {
          name: 'body',
          type: kinds.GRAPH,
          g: {
            name: this.name('body'),
            node,
            input: [info(turn!, INT64, []), info(going!, BOOL, []), info(state!)],
            output: [info(goes!, BOOL, []), this.#output(last.output![0]!)],
          },
        },
      ],
    };
  }

  /** Over the rows: each is computed alone and they come back as the rows of the result. */
  #scan(_values: readonly string[], over: string, depth: number): OnnxTypes.INodeProto {
    const name = this.name('Scan');
    const row = this.name('row');
    const node: OnnxTypes.INodeProto[] = [];
    // Captured values have other shapes than the rows: none is used.
    const made = this.grow(node, [row], 1 + this.#random.integer(3), Math.min(0, depth));
    const last = this.#node('Neg', [made.at(-1)!], 1);
    node.push(last);
    return {
      name,
      opType: 'Scan',
      input: [over],
      output: [`${name}_0`],
      attribute: [
        {
          name: 'body',
          type: kinds.GRAPH,
          g: {
            name: this.name('body'),
            node,
            input: [info(row, FLOAT, dims.slice(1))],
            output: [info(last.output![0]!, FLOAT, dims.slice(1))],
          },
        },
        intAttribute('num_scan_inputs', 1),
      ],
    };
  }

  #call(a: string, b: string): OnnxTypes.INodeProto {
    const type = this.name('Function');
    const node: OnnxTypes.INodeProto[] = [];
    for (let i = 0, last = 'a'; i <= this.#random.integer(3); i++) {
      const next = this.#node(this.#random.pick(['Add', 'Sub']), [last, 'b'], 1);
      node.push(next);
      last = next.output![0]!;
    }
    this.functions.push({
      name: type,
      domain: functionDomain,
      input: ['a', 'b'],
      output: [node.at(-1)!.output![0]!],
      node,
      opsetImport: [{ version: 18 }, { domain: fuzzDomain, version: 1 }],
    });
    const name = this.name('Call');
    return { name, opType: type, domain: functionDomain, input: [a, b], output: [`${name}_0`] };
  }
}

const grown = (random: Random, isTwin: boolean): Uint8Array => {
  const grower = new Grower(random, isTwin);
  const node: OnnxTypes.INodeProto[] = [];
  const weight = grower.constant(
    tensor(
      'float32',
      Float32Array.from({ length: 8 }, () => Math.fround(random.normal())),
      dims,
    ),
  );
  const values = grower.grow(node, ['x', 'z', weight], 3 + random.integer(12), 2);
  const made = values.slice(3);
  const outputs = new Set([made.at(-1) ?? 'x']);
  for (const name of made) if (random.uniform() < 0.15) outputs.add(name);
  const isShown = random.uniform() < 0.5;
  if (node.length === 0) {
    node.push({ opType: 'Identity', input: ['x'], output: ['same'] });
    outputs.clear();
    outputs.add('same');
  }
  const initializer = [
    ...grower.initializers,
    tensorToProto(tensor('bool', Uint8Array.of(1), []), 'yes'),
    tensorToProto(tensor('bool', Uint8Array.of(0), []), 'no'),
  ];
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [
      { version: 18 },
      { domain: functionDomain, version: 1 },
      { domain: fuzzDomain, version: 1 },
    ],
    graph: {
      name: 'random',
      node,
      initializer,
      input: [info('x'), info('z')],
      output: [...outputs].map((name) => info(name)),
      valueInfo: isShown ? made.filter((name) => !outputs.has(name)).map((name) => info(name)) : [],
    },
    functions: grower.functions,
  }).finish();
};

/** The random graph of a seed.
 * @param randomAt - The stream of the seed, from its start: it is drawn from twice. */
export const randomGraph = (randomAt: () => Random): RandomGraph => {
  const values = randomAt();
  const feed = (): Tensor =>
    tensor(
      'float32',
      Float32Array.from({ length: 8 }, () => Math.fround(values.normal())),
      dims,
    );
  return {
    custom: grown(randomAt(), false),
    stock: grown(randomAt(), true),
    feeds: new Map([
      ['x', feed()],
      ['z', feed()],
    ]),
  };
};
