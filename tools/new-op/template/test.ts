// The test of TemplateOp: every form it has, on all cases, against the float64 kernel. Run it with `node --test`.

import test from 'node:test';
import * as ort from 'onnxruntime-node';
import { assertForms, findDevice, formatForms } from '../../../src/testing/index.ts';
import { cases } from './cases.ts';

void test('every form of TemplateOp agrees with its float64 kernel', async (t) => {
  // WebGPU is in browsers, and in Node with the package `webgpu`. Where there is none, the report says so.
  const gpu = await findDevice();
  const report = await assertForms(cases, { ort, gpu });
  t.diagnostic(formatForms(report));
});
