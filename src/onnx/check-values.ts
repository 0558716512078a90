// The part of checkModel about values: names defined twice, inputs that nothing defines, outputs that nothing makes.

import type { Finding, FindingCode } from './finding.ts';
import type { OnnxTypes } from './proto.ts';
import { nodeLabel, subgraphsOf } from './walk.ts';

/** The names visible where a node runs: those of its graph so far, and of the graphs around it. */
interface Scope {
  readonly names: Set<string>;
  readonly outer: Scope | undefined;
}

const isVisible = (scope: Scope | undefined, name: string): boolean =>
  scope !== undefined && (scope.names.has(name) || isVisible(scope.outer, name));

class ValueCheck {
  readonly findings: Finding[] = [];
  readonly #label: string;

  constructor(label: string) {
    this.#label = label;
  }

  report(code: FindingCode, where: string, message: string, fix: string): void {
    this.findings.push({ code, severity: 'error', where: `${this.#label}${where}`, message, fix });
  }

  define(scope: Scope, name: string, where: string): void {
    if (name === '') return;
    if (isVisible(scope, name)) {
      this.report(
        'duplicate-name',
        where,
        `defines ${JSON.stringify(name)}, which is defined already`,
        'give every value of the graph and its subgraphs a name of its own',
      );
    }
    scope.names.add(name);
  }

  nodes(nodes: readonly OnnxTypes.INodeProto[], scope: Scope): void {
    for (const node of nodes) {
      for (const input of node.input ?? []) {
        if (input === '' || isVisible(scope, input)) continue;
        this.report(
          'missing-value',
          nodeLabel(node),
          `reads ${JSON.stringify(input)}, which no input, initializer or earlier node defines`,
          'put the node that makes it in front, or declare it as an input',
        );
      }
      for (const graph of subgraphsOf(node)) this.graph(graph, scope, nodeLabel(node));
      for (const output of node.output ?? []) this.define(scope, output, nodeLabel(node));
    }
  }

  outputs(names: readonly string[], scope: Scope, where: string): void {
    for (const name of names) {
      if (isVisible(scope, name)) continue;
      this.report(
        'missing-output',
        where,
        `output ${JSON.stringify(name)} is made by no node`,
        'name the output after the value that is to be returned',
      );
    }
  }

  graph(graph: OnnxTypes.IGraphProto, outer: Scope | undefined, where: string): void {
    const scope: Scope = { names: new Set(), outer };
    for (const { name } of graph.input ?? []) this.define(scope, name ?? '', `${where} input`);
    const initializers = new Set<string>();
    for (const { name } of graph.initializer ?? []) {
      // An initializer may give an input its default: then both have the name.
      if (initializers.has(name ?? '') || !scope.names.has(name ?? '')) {
        this.define(scope, name ?? '', `${where} initializer`);
      }
      initializers.add(name ?? '');
    }
    for (const { values } of graph.sparseInitializer ?? []) {
      this.define(scope, values?.name ?? '', `${where} initializer`);
    }
    this.nodes(graph.node ?? [], scope);
    this.outputs(
      (graph.output ?? []).map(({ name }) => name ?? ''),
      scope,
      where,
    );
  }

  function(f: OnnxTypes.IFunctionProto): void {
    const scope: Scope = { names: new Set(), outer: undefined };
    for (const input of f.input ?? []) this.define(scope, input, 'its inputs');
    this.nodes(f.node ?? [], scope);
    this.outputs(f.output ?? [], scope, 'its outputs');
  }
}

/** Names and values of the main graph and of every function. */
export const valueFindings = (model: OnnxTypes.ModelProto): readonly Finding[] => {
  const main = new ValueCheck('');
  if (model.graph) main.graph(model.graph, undefined, 'graph');
  return [
    ...main.findings,
    ...model.functions.flatMap((f) => {
      const check = new ValueCheck(`function ${f.domain ?? ''}::${f.name ?? ''}, `);
      check.function(f);
      return check.findings;
    }),
  ];
};
