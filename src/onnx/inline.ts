// Model-local functions expanded where they are called: nested ones, those inside subgraphs, overloads; attribute references become
// the call's attributes, names of the body stay apart from all others. Nodes travel by their bytes.

import { ModelError } from '../core/errors.ts';
import { MessageBytes, fieldsOf, type Field } from './bytes.ts';
import { canonicalDomain, readNode, type GraphBytes, type NamedBytes } from './bytes-graph.ts';
import {
  functionsFor,
  readModel,
  writePart,
  type FunctionBytes,
  type ModelBytes,
} from './bytes-model.ts';
import { attributesByName, FunctionTable, type FunctionParts } from './inline-table.ts';
import {
  fieldText,
  fieldTexts,
  addNames,
  nodeFields,
  rewriteInfo,
  rewriteNodes,
  type RewriteScope,
  type UsedNames,
} from './rewrite.ts';

/** Which functions to expand, and limits. */
export interface InlineOptions {
  /** The functions to expand; by default all. What an expanded one calls is expanded by the same rule. */
  readonly only?: (called: FunctionBytes) => boolean;
  /** Most nodes the expanded model may have: functions that call functions grow without measure. Default 1,000,000. */
  readonly maxNodes?: number;
  /** The file's name, for messages. */
  readonly where?: string;
}

/** Expands the calls of one model. */
class Inliner {
  readonly valueInfos: NamedBytes[] = [];
  /** Opsets the expanded bodies need that the model does not import. */
  readonly imports = new Map<string, number>();
  readonly #model: ModelBytes;
  readonly #where: string;
  readonly #table: FunctionTable;
  readonly #names: UsedNames = { values: new Set(), nodes: new Set() };
  #calls = 0;

  constructor(model: ModelBytes, options: InlineOptions) {
    const { only = () => true, maxNodes = 1e6, where = 'model' } = options;
    const { graph } = model;
    this.#model = model;
    this.#where = where;
    this.#table = new FunctionTable(model.functions.filter(only), maxNodes, where);
    const nodes = graph.nodes.map(({ bytes }) => bytes);
    addNames(nodes, where, this.#names);
    for (const list of [
      graph.inputs,
      graph.outputs,
      graph.initializers,
      graph.sparseInitializers,
    ]) {
      for (const { name } of list) this.#names.values.add(name);
    }
  }

  /** The nodes of the main graph with calls expanded. */
  graph(): readonly Uint8Array[] {
    const nodes = this.#model.graph.nodes.map(({ bytes }) => bytes);
    this.#table.count(nodes);
    return rewriteNodes(nodes, this.#caller(), this.#where);
  }

  #fail(what: string, rule: string, actual?: string, hint?: string): never {
    throw new ModelError({
      where: this.#where,
      what,
      rule,
      ...(actual === undefined ? {} : { actual }),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #fresh(kind: keyof UsedNames, wanted: string): string {
    for (let count = 1; ; count++) {
      const name = count === 1 ? wanted : `${wanted}_${count}`;
      if (this.#names[kind].has(name)) continue;
      this.#names[kind].add(name);
      return name;
    }
  }

  /** The main graph and its subgraphs: every name stays. */
  #caller(): RewriteScope {
    const same = (name: string): string => name;
    const scope: RewriteScope = {
      read: same,
      define: () => undefined,
      node: same,
      dimension: same,
      child: () => scope,
      replace: (node) => this.#expand(node),
    };
    return scope;
  }

  /** Inside of a function's body that becomes part of the caller. */
  #body(
    prefix: string,
    names: ReadonlyMap<string, string>,
    attribute: (name: string) => Uint8Array | undefined,
    dimensions: Map<string, string>,
  ): RewriteScope {
    const own = new Map(names);
    return {
      read: (name) =>
        own.get(name) ??
        this.#fail(
          `the value ${JSON.stringify(name)} in ${prefix}`,
          'must be defined in its function',
        ),
      define: (name) => own.set(name, this.#fresh('values', `${prefix}/${name}`)),
      node: (name) => (name === '' ? '' : this.#fresh('nodes', `${prefix}/${name}`)),
      dimension: (name) => {
        const known = dimensions.get(name) ?? `${prefix}/${name}`;
        dimensions.set(name, known);
        return known;
      },
      child: () => this.#body(prefix, own, attribute, dimensions),
      attribute,
      replace: (node) => this.#expand(node),
    };
  }

  /** A node in its final names: itself, or the body of the function it calls. */
  #expand(node: Uint8Array): readonly Uint8Array[] {
    const fields = fieldsOf(node, this.#where);
    const called = this.#table.called(fields);
    return called === undefined ? [node] : this.#call(fields, called);
  }

  #call(fields: readonly Field[], called: FunctionParts): readonly Uint8Array[] {
    const where = this.#where;
    this.#checkImports(called);
    const type = fieldText(fields, nodeFields.type);
    const prefix = fieldText(fields, nodeFields.name) || `${type}_${++this.#calls}`;
    const inputs = fieldTexts(fields, nodeFields.input);
    const outputs = fieldTexts(fields, nodeFields.output);
    this.#checkArity(prefix, called, inputs.length, outputs.length);
    const attributes = attributesByName(
      fields.filter((f) => f.number === nodeFields.attribute).map((f) => f.payload),
      where,
    );
    const names = new Map<string, string>();
    called.inputs.forEach((name, at) => names.set(name, inputs[at] ?? ''));
    // An output made by a node of the body is named by the caller at once; one passed through, or given twice, is copied.
    const copies: { readonly from: string; readonly to: string }[] = [];
    called.outputs.forEach((name, at) => {
      const to = outputs[at] ?? '';
      if (to === '') return;
      if (called.made.includes(name) && !names.has(name)) names.set(name, to);
      else copies.push({ from: name, to });
    });
    for (const name of called.made) {
      if (name !== '' && !names.has(name))
        names.set(name, this.#fresh('values', `${prefix}/${name}`));
    }
    const attribute = (name: string): Uint8Array | undefined =>
      attributes.get(name) ?? called.defaults.get(name);
    const scope = this.#body(prefix, names, attribute, new Map());
    for (const info of called.valueInfos) this.#describe(info, names, scope);
    return [
      ...rewriteNodes(called.nodes, scope, where),
      ...copies.map(({ from, to }) => this.#copy(prefix, names.get(from) ?? '', from, to)),
    ];
  }

  #checkArity(prefix: string, called: FunctionParts, inputs: number, outputs: number): void {
    for (const [kind, given, most] of [
      ['inputs', inputs, called.inputs.length],
      ['outputs', outputs, called.outputs.length],
    ] as const) {
      if (given <= most) continue;
      this.#fail(
        `the ${kind} of node ${prefix}`,
        `must be at most ${most} as ${called.label} has`,
        `${given}`,
      );
    }
  }

  #copy(prefix: string, from: string, formal: string, to: string): Uint8Array {
    if (from === '') {
      this.#fail(
        `output ${JSON.stringify(formal)} of the function of node ${prefix}`,
        'must be made by it or be an input that the node gives',
      );
    }
    return new MessageBytes()
      .text(nodeFields.input, from)
      .text(nodeFields.output, to)
      .text(nodeFields.name, this.#fresh('nodes', `${prefix}/${formal}`))
      .text(nodeFields.type, 'Identity')
      .finish();
  }

  /** What the function says of a value's type, said of the value it has become. The caller's own values keep what he says. */
  #describe(info: Uint8Array, names: ReadonlyMap<string, string>, scope: RewriteScope): void {
    const name = names.get(fieldText(fieldsOf(info, this.#where), 1)) ?? '';
    const { inputs, outputs, initializers, valueInfos } = this.#model.graph;
    const isSaid = [inputs, outputs, initializers, valueInfos, this.valueInfos].some((list) =>
      list.some((one) => one.name === name),
    );
    if (name === '' || isSaid) return;
    this.valueInfos.push({ name, bytes: rewriteInfo(info, scope, this.#where) });
  }

  /** The body's operators must mean the same in the caller. */
  #checkImports({ label, imports, source }: FunctionParts): void {
    const used = new Set(
      source.nodes.flatMap((node) => [node, ...node.inner]).map((n) => n.domain),
    );
    for (const [domain, version] of imports) {
      if (!used.has(domain)) continue;
      const own = this.#model.opsets.get(domain) ?? this.imports.get(domain);
      if (own === undefined) this.imports.set(domain, version);
      else if (own !== version) {
        this.#fail(
          label,
          `must import version ${own} of domain ${JSON.stringify(domain)}, as the model does, to be expanded`,
          String(version),
          'convert the function or the model to one opset first',
        );
      }
    }
  }
}

const modelImport = 8;

const importField = (domain: string, version: number): Uint8Array => {
  const digits: number[] = [];
  let rest = version;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push((rest % 128) + 128);
  const message = new MessageBytes()
    .text(1, domain)
    .fields([Uint8Array.of(2 << 3, ...digits, rest)]);
  return new MessageBytes().field(modelImport, message).finish();
};

/** A model with the calls of its functions expanded. Functions that no node calls any more are left out.
 * @throws {ModelError} A function calls itself, uses another opset than the model, reads a value it does not define; a call has
 *   too many inputs or outputs; the result would have more nodes than `maxNodes`. */
export const inlineFunctions = (model: ModelBytes, options: InlineOptions = {}): ModelBytes => {
  const { where = 'model' } = options;
  if (model.functions.length === 0) return model;
  const inliner = new Inliner(model, options);
  const nodes = inliner.graph().map((bytes) => readNode(bytes, where));
  const graph: GraphBytes = {
    ...model.graph,
    nodes,
    valueInfos: [...model.graph.valueInfos, ...inliner.valueInfos],
  };
  const added = [...inliner.imports];
  return {
    ...model,
    graph,
    functions: functionsFor(model, nodes),
    opsets: new Map([...model.opsets, ...added]),
    head: [...model.head, ...added.map(([domain, version]) => importField(domain, version))],
  };
};

/** A model's bytes with all functions expanded, for runtimes that have none. Domains that no node is of any more are not imported.
 * @throws {ModelError} As {@link inlineFunctions}, or the bytes are no ONNX model. */
export const inlineModel = (
  bytes: Uint8Array,
  options: InlineOptions = {},
): Uint8Array<ArrayBuffer> => {
  const { where = 'model' } = options;
  const model = inlineFunctions(readModel(bytes, where), options);
  const used = new Set(['']);
  for (const { nodes } of [model.graph, ...model.functions]) {
    for (const node of nodes) for (const { domain } of [node, ...node.inner]) used.add(domain);
  }
  // A runtime may refuse a domain it does not know, even where no node is of it.
  const head = model.head.filter((whole) => {
    const [field] = fieldsOf(whole, where);
    if (field?.number !== modelImport) return true;
    return used.has(canonicalDomain(fieldText(fieldsOf(field.payload, where), 1)));
  });
  return writePart({ ...model, head }, model.graph);
};
