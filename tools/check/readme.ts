// The generated part of the README: the table of operators and their forms. `--check` fails where the file is out of date.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contrib } from '../../ops/contrib/index.ts';
import * as ops from '../../ops/index.ts';
import { textTokens } from '../../ops/text-tokens/index.ts';
import { isMissing, type OpDefinition } from '../../src/schema/index.ts';
import { portsOf } from '../../src/schema/types.ts';
import { replaceBetween, root } from '../root.ts';

const form = (value: unknown): string => (isMissing(value) ? `no: ${value.missing}` : 'yes');

/** Element types of an operator: of its type variables, else those its inputs and outputs name. */
const typesOf = ({ schema }: OpDefinition): string => {
  const variables = Object.values(schema.types).flat();
  const ports = [...portsOf(schema.inputs), ...portsOf(schema.outputs)].map(({ type }) => type);
  return [...new Set(variables.length > 0 ? variables : ports)].join(', ');
};

const row = (op: OpDefinition): string => {
  const shader = isMissing(op.shader)
    ? form(op.shader)
    : Object.values(op.shader.types).flat().join(', ');
  const cells = [`\`${op.label}\``, typesOf(op), 'yes', shader, form(op.body), form(op.grad)];
  return `| ${cells.join(' | ')} |`;
};

const isOp = (value: unknown): value is OpDefinition =>
  typeof value === 'object' && value !== null && 'schema' in value && 'label' in value;

const table = [
  '| operator | types | JS kernel | WebGPU (WGSL) kernel | ONNX function body | gradient (tfjs) |',
  '|---|---|---|---|---|---|',
  ...[...Object.values(ops), textTokens, ...contrib].filter(isOp).map(row),
].join('\n');

const path = join(root, 'README.md');
const text = readFileSync(path, 'utf8');
const wanted = replaceBetween(text, 'operators', table);
if (process.argv.includes('--check')) {
  if (wanted !== text) {
    process.stdout.write('README.md: the table of operators is out of date. Run: npm run readme\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(path, wanted);
}
