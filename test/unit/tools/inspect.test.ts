// What inspectModel says of a model, and the drawing of its plan.

import { describe, expect, it } from 'vitest';
import { affine } from '../runtime/operators.ts';
import { floats } from '../runtime/models.ts';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { inspectModel } from '../../../src/runtime/index.ts';
import { planHtml, planSvg } from '../../../tools/draw/plan-svg.ts';
import { reportText } from '../../../tools/model/report-text.ts';
import { branched, changed } from './models.ts';

describe('inspectModel', () => {
  it('plans segments and kernels without a session', () => {
    const { steps, unresolved } = inspectModel(branched(), { ops: [affine] });
    expect(unresolved).toEqual([]);
    expect(
      steps?.map(({ kind, name, reads, writes, weightBytes }) => ({
        kind,
        name,
        reads: reads.map((one) => one.name),
        writes: writes.map((one) => one.name),
        weightBytes,
      })),
    ).toEqual([
      { kind: 'segment', name: 'segment 1', reads: ['x'], writes: ['h', 'g'], weightBytes: 32 },
      { kind: 'kernel', name: 'middle', reads: ['h'], writes: ['m'], weightBytes: 0 },
      { kind: 'segment', name: 'segment 2', reads: ['m', 'g'], writes: ['y'], weightBytes: 0 },
    ]);
    expect(steps?.[1]?.shader).toBe('no: a test operator');
  });

  it('counts operators by domain', () => {
    expect(inspectModel(branched(), { ops: [affine] }).operators).toEqual({
      'ai.onnx': { MatMul: 2, Relu: 1, Add: 1 },
      'test.ops': { Affine: 1 },
    });
  });

  it('names what is unresolved with the way out, and plans as if it were there', () => {
    const { unresolved, steps } = inspectModel(branched(false));
    expect(unresolved).toEqual([
      {
        code: 'unresolved-operator',
        severity: 'error',
        where: 'node middle (test.ops::Affine)',
        operator: ['test.ops', 'Affine'],
        message: 'no function of the model and no installed operator is test.ops::Affine',
        fix: 'install the operator: install(ort, { ops: [Affine] }), or export the model with its function body',
      },
    ]);
    expect(steps?.map(({ kind }) => kind)).toEqual(['segment', 'unresolved', 'segment']);
  });

  it('leaves a node with a function and no kernel to onnxruntime', () => {
    expect(inspectModel(branched()).steps?.map(({ kind }) => kind)).toEqual(['segment']);
  });

  it('takes the cut that puts every node into a segment of its own', () => {
    const { steps } = inspectModel(branched(), { ops: [affine], cut: 'every-node' });
    expect(steps).toHaveLength(5);
  });

  it('sizes initialisers, and finds those with the same contents', () => {
    const { weights, sizeBytes } = inspectModel(branched(), { ops: [affine] });
    expect(weights).toEqual({
      count: 3,
      bytes: 44,
      external: 0,
      largest: [
        { name: 'w', dtype: 'float32', dims: [2, 2], bytes: 16 },
        { name: 'copy', dtype: 'float32', dims: [2, 2], bytes: 16 },
        { name: 'unused', dtype: 'float32', dims: [3], bytes: 12 },
      ],
      duplicates: [{ names: ['w', 'copy'], bytes: 16 }],
    });
    expect(sizeBytes).toBe(branched().length);
  });

  it('names initialisers that more than one segment holds', () => {
    const model = new ModelBuilder();
    const x = model.input('x', 'float32', ['N', 16]);
    const w = model.initializer('w', floats(new Array<number>(256).fill(1), [16, 16]));
    const { y } = model.customOp(
      affine,
      { x: model.op('MatMul', [x, w]) },
      {},
      { types: { T: 'float32' } },
    );
    model.output(model.op('MatMul', [y!, w]), 'y', 'float32', ['N', 16]);
    const { shared } = inspectModel(model.build(), { ops: [affine] });
    expect(shared).toMatchObject([{ name: 'w', segments: 2 }]);
  });

  it('tells why a model cannot be planned', () => {
    const bytes = changed(branched(), ({ graph }) => {
      graph!.node![0]!.input = ['nothing', 'w'];
    });
    const { steps, planError } = inspectModel(bytes, { ops: [affine] });
    expect(steps).toBeUndefined();
    expect(planError).toMatch(/"nothing"/);
  });
});

describe('the report as text', () => {
  it('has a section for everything that is there', () => {
    const text = reportText(inspectModel(branched(false)), 'model.onnx');
    for (const part of [
      /^model\.onnx: .* IR 8, opsets ai\.onnx 17, test\.ops 1, by sharmix\n/,
      /\ninputs\n {2}x {2}float32 \[N, 2\]\n/,
      /\nunresolved\n {2}node middle \(test\.ops::Affine\) {2}install the operator/,
      /\n {2}kernel "middle" +test\.ops@1::Affine \(not installed\) +h -> m\n/,
      /\ninitialisers with the same contents\n {2}16 B too many {2}w, copy\n/,
    ]) {
      expect(text).toMatch(part);
    }
  });
});

describe('the drawing', () => {
  const boxes = (svg: string, kind: string): number => svg.split(`class="box ${kind}"`).length - 1;

  it('has a box for each step, input and output, and a line for the values between two', () => {
    const svg = planSvg(inspectModel(branched(), { ops: [affine] }), 'Plan');
    expect(
      ['input', 'segment', 'kernel', 'unresolved', 'output'].map((k) => boxes(svg, k)),
    ).toEqual([1, 2, 1, 0, 1]);
    // x -> 1, 1 -> middle, middle -> 2, 1 -> 2, 2 -> y
    expect(svg.split('class="line"').length - 1).toBe(5);
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('marks what is unresolved', () => {
    expect(boxes(planSvg(inspectModel(branched(false)), 'Plan'), 'unresolved')).toBe(1);
  });

  it('escapes names', () => {
    const bytes = changed(branched(), ({ graph }) => {
      graph!.node!.find(({ name }) => name === 'middle')!.name = '<script>&"';
    });
    const report = inspectModel(bytes, { ops: [affine] });
    for (const text of [planSvg(report, '<b>'), planHtml(report, '<b>', '<i>')]) {
      expect(text).not.toMatch(/<script>|<b>|<i>/);
      expect(text).toContain('&lt;script&gt;&amp;&quot;');
    }
  });
});
