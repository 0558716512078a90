// The generated part of the README: the table of operators and their forms. `--check` fails where the file is out of date.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ops from '../../ops/index.ts';
import { isMissing, type OpDefinition } from '../../src/schema/index.ts';
import { replaceBetween, root } from '../root.ts';

const form = (value: unknown): string => (isMissing(value) ? `no: ${value.missing}` : 'yes');

const row = (op: OpDefinition): string => {
  const shader = isMissing(op.shader)
    ? form(op.shader)
    : Object.values(op.shader.types).flat().join(', ');
  const cells = [
    `\`${op.label}\``,
    Object.values(op.schema.types).flat().join(', '),
    'yes',
    shader,
    form(op.body),
    form(op.grad),
  ];
  return `| ${cells.join(' | ')} |`;
};

const isOp = (value: unknown): value is OpDefinition =>
  typeof value === 'object' && value !== null && 'schema' in value && 'label' in value;

const table = [
  '| operator | types | JS kernel | WebGPU (WGSL) kernel | ONNX function body | gradient (tfjs) |',
  '|---|---|---|---|---|---|',
  ...Object.values(ops).filter(isOp).map(row),
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
