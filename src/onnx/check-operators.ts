// The part of checkModel about operators: who provides each node, and whether functions fit their model and their nodes.

import { baseType, type OpRegistry } from '../schema/registry.ts';
import type { FunctionExtras } from './check-functions.ts';
import type { Finding } from './finding.ts';
import { numberOf } from './integers.ts';
import type { OnnxTypes } from './proto.ts';
import { allNodes, domainOf, functionKey, nodeLabel, opName } from './walk.ts';

/** Domains that onnxruntime brings itself. */
const runtimeDomains: ReadonlySet<string> = new Set([
  '',
  'ai.onnx.ml',
  'ai.onnx.training',
  'ai.onnx.preview.training',
  'com.microsoft',
  'com.microsoft.experimental',
  'com.microsoft.nchwc',
  'com.ms.internal.nhwc',
  'org.pytorch.aten',
]);

/** Every list of nodes: the main graph's, then each function's. */
const scopes = (
  model: OnnxTypes.ModelProto,
): readonly { readonly label: string; readonly nodes: readonly OnnxTypes.INodeProto[] }[] => [
  { label: '', nodes: model.graph?.node ?? [] },
  ...model.functions.map((f) => ({
    label: `function ${functionKey(f.domain, f.name)}, `,
    nodes: f.node ?? [],
  })),
];

const functionsOf = (model: OnnxTypes.ModelProto): ReadonlyMap<string, OnnxTypes.IFunctionProto> =>
  new Map(model.functions.map((f) => [functionKey(f.domain, f.name), f]));

/** Nodes whose operator nobody provides, and domains that are not imported. */
export const operatorFindings = (
  model: OnnxTypes.ModelProto,
  registry: OpRegistry,
): readonly Finding[] => {
  const findings: Finding[] = [];
  const versions = new Map(
    model.opsetImport.map(({ domain, version }) => [domainOf(domain), numberOf(version, 'model')]),
  );
  const functions = functionsOf(model);
  const notImported = new Set<string>();
  for (const { label, nodes } of scopes(model)) {
    for (const node of allNodes(nodes)) {
      const domain = domainOf(node.domain);
      const where = `${label}${nodeLabel(node)}`;
      if (!versions.has(domain)) notImported.add(domain);
      if (runtimeDomains.has(domain) || functions.has(functionKey(domain, node.opType))) continue;
      const op = registry.get(domain, node.opType ?? '', versions.get(domain) ?? 1);
      if (op === undefined) {
        findings.push({
          code: 'unresolved-operator',
          severity: 'error',
          where,
          operator: [domain, node.opType ?? ''],
          message: `no function of the model and no installed operator is ${opName(node)}`,
          fix: `install the operator: install(ort, { ops: [${baseType(node.opType ?? '')}] }), or export the model with its function body`,
        });
        continue;
      }
      findings.push({
        code: 'function-missing',
        severity: 'warning',
        where,
        message: `the model has no function body of ${op.label}`,
        fix: 'export it with the function body if stock onnxruntime is to run it',
      });
    }
  }
  for (const domain of notImported) {
    findings.push({
      code: 'opset-import',
      severity: 'error',
      where: 'model',
      message: `domain ${JSON.stringify(domain)} is used but not imported`,
      fix: 'add it to opset_import',
    });
  }
  return findings;
};

/** Functions written for another opset than the model's, or defined twice.
 * @param newer - What newer versions of ONNX say of each function, in the order of the model. */
export const functionFindings = (
  model: OnnxTypes.ModelProto,
  newer: readonly FunctionExtras[],
): readonly Finding[] => {
  const findings: Finding[] = [];
  const versions = new Map(
    model.opsetImport.map(({ domain, version }) => [domainOf(domain), numberOf(version, 'model')]),
  );
  const seen = new Set<string>();
  for (const [at, { domain, name, opsetImport }] of model.functions.entries()) {
    const overload = newer[at]?.overload ?? '';
    const key = `${functionKey(domain, name)}${overload === '' ? '' : `:${overload}`}`;
    const where = `function ${key}`;
    if (seen.has(key)) {
      findings.push({
        code: 'duplicate-name',
        severity: 'error',
        where,
        message: 'is defined twice',
        fix: 'give each signature a name of its own, as ModelBuilder.customOp does',
      });
    }
    seen.add(key);
    for (const { domain: used, version } of opsetImport ?? []) {
      const wanted = versions.get(domainOf(used));
      const own = numberOf(version, where);
      if (wanted === undefined || wanted === own) continue;
      findings.push({
        code: 'function-opset',
        severity: 'error',
        where,
        message: `imports version ${own} of domain ${JSON.stringify(domainOf(used))}, the model ${wanted}`,
        fix: `generate the body for the model's opset: functionOf(op, signature, ${wanted})`,
      });
    }
  }
  return findings;
};

/** Attributes that a function refers to and a node of it lacks: onnxruntime refuses them. Attributes with a default may be left
 * out; of functions with overloads nothing is said.
 * @param newer - As in {@link functionFindings}. */
export const attributeFindings = (
  model: OnnxTypes.ModelProto,
  newer: readonly FunctionExtras[],
): readonly Finding[] => {
  const references = new Map<string, Set<string>>();
  const seen = new Set<string>();
  for (const [at, { domain, name: type, node }] of model.functions.entries()) {
    const key = functionKey(domain, type);
    const names = new Set<string>();
    const isOverloaded = seen.has(key);
    seen.add(key);
    for (const { attribute } of allNodes(node ?? [])) {
      for (const { refAttrName } of attribute ?? []) if (refAttrName) names.add(refAttrName);
    }
    for (const name of newer[at]?.defaults ?? []) names.delete(name);
    references.set(key, isOverloaded ? new Set() : names);
  }
  const findings: Finding[] = [];
  for (const { label, nodes } of scopes(model)) {
    for (const node of allNodes(nodes)) {
      const needed = references.get(functionKey(node.domain, node.opType)) ?? [];
      const given = new Set((node.attribute ?? []).map(({ name }) => name));
      for (const name of needed) {
        if (given.has(name)) continue;
        findings.push({
          code: 'missing-attribute',
          severity: 'error',
          where: `${label}${nodeLabel(node)}`,
          message: `lacks attribute ${name}, which its function body refers to`,
          fix: `write the attribute on the node, its default too`,
        });
      }
    }
  }
  return findings;
};
