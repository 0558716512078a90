// The part of checkModel about functions that the protobuf package cannot tell: overloads, defaults of attributes, recursion.

import { fieldsOf } from './bytes.ts';
import type { FunctionBytes } from './bytes-model.ts';
import type { Finding } from './finding.ts';
import { fieldText } from './rewrite.ts';

/** What newer versions of ONNX say of a function. */
export interface FunctionExtras {
  readonly overload: string;
  /** Attributes that have a default. */
  readonly defaults: readonly string[];
}

/** Fields of FunctionProto that came after IR version 8. */
const attributeDefault = 11;
const overloadField = 13;

/** Reads what newer versions of ONNX say of a function. */
export const functionExtras = ({ bytes }: FunctionBytes, where: string): FunctionExtras => {
  const fields = fieldsOf(bytes, where);
  return {
    overload: fieldText(fields, overloadField),
    defaults: fields
      .filter(({ number }) => number === attributeDefault)
      .map(({ payload }) => fieldText(fieldsOf(payload, where), 1)),
  };
};

/** Functions that call themselves, directly or through others: each circle once. */
export const recursionFindings = (functions: readonly FunctionBytes[]): readonly Finding[] => {
  const label = ({ domain, type }: FunctionBytes): string => `${domain}::${type}`;
  const calls = new Map(
    functions.map((one) => {
      const inside = one.nodes.flatMap((node) => [node, ...node.inner]);
      const called = functions.filter(({ domain, type }) =>
        inside.some((node) => node.domain === domain && node.type === type),
      );
      return [one, called] as const;
    }),
  );
  const findings: Finding[] = [];
  const done = new Set<FunctionBytes>();
  const visit = (one: FunctionBytes, path: readonly FunctionBytes[]): void => {
    const at = path.indexOf(one);
    if (at >= 0) {
      findings.push({
        code: 'recursion',
        severity: 'error',
        where: `function ${label(one)}`,
        message: `calls itself: ${[...path.slice(at), one].map(label).join(' -> ')}`,
        fix: 'functions must not be recursive: write the repetition as a Loop',
      });
      return;
    }
    if (done.has(one)) return;
    for (const called of calls.get(one) ?? []) visit(called, [...path, one]);
    done.add(one);
  };
  for (const one of functions) visit(one, []);
  return findings;
};
