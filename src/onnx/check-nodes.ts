// The part of checkModel about single nodes: attributes given twice or of no function, custom nodes against their operator's schema.

import { messageOf } from '../core/errors.ts';
import { resolveAttributes } from '../schema/attributes.ts';
import type { OpDefinition } from '../schema/op.ts';
import type { OpRegistry } from '../schema/registry.ts';
import { portsOf, type Port } from '../schema/types.ts';
import { attributeFromProto } from './attributes.ts';
import type { Finding, FindingCode } from './finding.ts';
import { numberOf } from './integers.ts';
import type { OnnxTypes } from './proto.ts';
import { allNodes, domainOf, functionKey, nodeLabel } from './walk.ts';

interface Place {
  readonly where: string;
  readonly isFunction: boolean;
}

const finding = (code: FindingCode, where: string, message: string, fix: string): Finding => ({
  code,
  severity: 'error',
  where,
  message,
  fix,
});

const attributeNames = (
  node: OnnxTypes.INodeProto,
  { where, isFunction }: Place,
): readonly Finding[] => {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const { name, refAttrName } of node.attribute ?? []) {
    if (seen.has(name ?? '')) {
      findings.push(
        finding('attribute', where, `has attribute ${name ?? ''} twice`, 'keep one of them'),
      );
    }
    seen.add(name ?? '');
    if (!refAttrName || isFunction) continue;
    findings.push(
      finding(
        'attribute',
        where,
        `attribute ${name ?? ''} refers to attribute ${refAttrName} of a function, but is in none`,
        'write the value',
      ),
    );
  }
  return findings;
};

const countFindings = (
  kind: 'input' | 'output',
  ports: readonly Port[],
  names: readonly string[],
  where: string,
): readonly Finding[] => {
  const list = ports.map(({ name }) => name).join(', ');
  if (names.length > ports.length && ports.at(-1)?.variadic !== true) {
    return [
      finding(
        'attribute',
        where,
        `has ${names.length} ${kind}s, its operator ${ports.length}`,
        `the ${kind}s are ${list}`,
      ),
    ];
  }
  if (kind === 'output') return [];
  return ports.flatMap((port, at) =>
    port.optional || port.variadic || (names[at] ?? '') !== ''
      ? []
      : [finding('attribute', where, `lacks input ${port.name}`, `the inputs are ${list}`)],
  );
};

const schemaFindings = (
  node: OnnxTypes.INodeProto,
  op: OpDefinition,
  where: string,
): readonly Finding[] => {
  const findings = [
    ...countFindings('input', portsOf(op.schema.inputs), node.input ?? [], where),
    ...countFindings('output', portsOf(op.schema.outputs), node.output ?? [], where),
  ];
  if ((node.attribute ?? []).some(({ refAttrName }) => refAttrName)) return findings;
  try {
    const given = (node.attribute ?? []).map(
      (attribute) => [attribute.name ?? '', attributeFromProto(attribute)] as const,
    );
    resolveAttributes(op.label, op.schema.attributes, Object.fromEntries(given));
  } catch (error) {
    findings.push(finding('attribute', where, messageOf(error), `see the schema of ${op.label}`));
  }
  return findings;
};

/** Attributes of all nodes, and custom nodes against the schemas of installed operators. */
export const nodeFindings = (
  model: OnnxTypes.ModelProto,
  registry: OpRegistry,
): readonly Finding[] => {
  const versions = new Map(
    model.opsetImport.map(({ domain, version }) => [domainOf(domain), numberOf(version, 'model')]),
  );
  const scopes = [
    { label: '', isFunction: false, nodes: model.graph?.node ?? [] },
    ...model.functions.map((f) => ({
      label: `function ${functionKey(f.domain, f.name)}, `,
      isFunction: true,
      nodes: f.node ?? [],
    })),
  ];
  return scopes.flatMap(({ label, isFunction, nodes }) =>
    [...allNodes(nodes)].flatMap((node) => {
      const where = `${label}${nodeLabel(node)}`;
      const domain = domainOf(node.domain);
      const op =
        domain === ''
          ? undefined
          : registry.get(domain, node.opType ?? '', versions.get(domain) ?? 1);
      return [
        ...attributeNames(node, { where, isFunction }),
        ...(op === undefined ? [] : schemaFindings(node, op, where)),
      ];
    }),
  );
};
