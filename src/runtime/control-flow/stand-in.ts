// The operator that stands for an interpreted control-flow node until it is built: it has the name and no forms.

import { RuntimeError } from '../../core/errors.ts';
import type { NodeBytes } from '../../onnx/bytes-graph.ts';
import { missing } from '../../schema/forms.ts';
import type { OpDefinition } from '../../schema/op.ts';

/** Control flow that is interpreted. */
type ControlFlow = 'If' | 'Loop' | 'Scan';

const interpretable: ReadonlySet<string> = new Set<ControlFlow>(['If', 'Loop', 'Scan']);

/** The operator of an interpreted node. Its kernel is made when the model is built.
 * @param why - Why onnxruntime cannot run the node.
 * @throws {RuntimeError} It is no `If`, `Loop` or `Scan`. */
export const standIn = (
  { domain, type, name, outputs }: NodeBytes,
  why: string,
  where: string,
): OpDefinition => {
  if (domain !== '' || !interpretable.has(type)) {
    throw new RuntimeError({
      where,
      what: `node ${JSON.stringify(name === '' ? (outputs[0] ?? '') : name)} (${domain === '' ? '' : `${domain}::`}${type})`,
      rule: 'cannot be run: onnxruntime lacks a custom operator in its subgraphs, and only If, Loop and Scan can be interpreted',
      actual: why,
      hint: 'export the model with the function body of that operator',
    });
  }
  const form = missing(`${type} is interpreted`);
  return {
    schema: {
      type,
      domain: '',
      version: 1,
      inputs: { inputs: 'any...' },
      outputs: { outputs: 'any...' },
      attributes: {},
      types: {},
    },
    label: type,
    infer: () => ({}),
    kernel: () => ({}),
    shader: form,
    body: form,
    grad: form,
  };
};
