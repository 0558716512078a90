// The commands that look into models as they are typed: tables, JSON, drawings, exit codes.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { branched, changed } from '../../unit/tools/models.ts';
import { workplace, type Workplace } from './model-files.ts';

let place: Workplace;

beforeAll(() => {
  place = workplace();
});

afterAll(() => {
  place.remove();
});

describe('sharmix inspect', { timeout: 60_000 }, () => {
  it('prints the report, names what is unresolved, and draws the plan', () => {
    const { stdout, stderr, status } = place.sharmix(
      'inspect',
      'bodiless.onnx',
      '--svg',
      'a.svg',
      '--html',
      'a.html',
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/kernel "middle" +test\.ops@1::Affine \(not installed\)/);
    expect(readFileSync(join(place.folder, 'a.svg'), 'utf8')).toMatch(/^<svg xmlns=/);
    expect(readFileSync(join(place.folder, 'a.html'), 'utf8')).toContain('not installed');
  });

  it('takes operators of modules, and prints JSON', () => {
    const { stdout } = place.sharmix(
      'inspect',
      'bodiless.onnx',
      '--import',
      './affine.mjs',
      '--json',
    );
    const report = JSON.parse(stdout) as { steps: { kind: string }[]; unresolved: unknown[] };
    expect(report.unresolved).toEqual([]);
    expect(report.steps.map(({ kind }) => kind)).toEqual(['segment', 'kernel', 'segment']);
  });
});

describe('sharmix check', { timeout: 60_000 }, () => {
  it('passes a sound model and says what it was checked against', () => {
    const { stdout, status } = place.sharmix('check', 'head.onnx');
    expect(stdout).toMatch(
      /^head\.onnx: nothing found \(onnxruntime-node \S+ reads opset \d+ and IR version \d+\)\n$/,
    );
    expect(status).toBe(0);
  });

  it('lists findings with their fixes, exit code 1', () => {
    const { stdout, status } = place.sharmix('check', 'recursive.onnx', '--import', 'affine.mjs');
    expect(stdout).toMatch(
      /error {2}recursion: function test\.ops::Affine calls itself.*\n {9}fix: /,
    );
    expect(status).toBe(1);
  });

  it('says what onnxruntime itself finds', () => {
    writeFileSync(
      join(place.folder, 'misfit.onnx'),
      changed(branched(), ({ graph }) => {
        graph!.node!.find(({ name }) => name === 'relu')!.opType = 'NoSuchOperator';
      }),
    );
    const { stdout, status } = place.sharmix('check', 'misfit.onnx', '--json');
    const { findings } = JSON.parse(stdout) as { findings: { code: string; message: string }[] };
    expect(findings).toMatchObject([
      { code: 'runtime', message: expect.stringMatching(/NoSuchOperator/) as unknown },
    ]);
    expect(status).toBe(1);
    expect(place.sharmix('check', 'misfit.onnx', '--no-load').status).toBe(0);
  });

  it('passes with a warning where only the operator is installed', () => {
    const { stdout, status } = place.sharmix('check', 'bodiless.onnx', '--import', 'affine.mjs');
    expect(stdout).toContain('0 errors, 1 warning');
    expect(status).toBe(0);
  });
});

describe('sharmix compare', { timeout: 60_000 }, () => {
  it('finds all runtimes to agree, exit code 0', () => {
    const { stdout, stderr, status } = place.sharmix(
      'compare',
      'custom.onnx',
      '--import',
      'affine.mjs',
      '--feeds',
      'feeds.json',
    );
    expect(stderr).toBe('');
    expect(stdout).toContain('function bodies in Node: all 4 values agree');
    expect(stdout).toContain('kernels on wasm: all 4 values agree');
    expect(status).toBe(0);
  });

  it('adds WebGPU in Chromium where asked', () => {
    const args = ['compare', 'custom.onnx', '--import', 'affine.mjs', '--no-wasm', '--webgpu'];
    const { stdout, status } = place.sharmix(...args);
    expect(stdout).toContain('kernels on WebGPU: all 4 values agree');
    expect(status).toBe(0);
  });

  it('names the first value that differs and its step, exit code 1', () => {
    const { stdout, status } = place.sharmix(
      'compare',
      'custom.onnx',
      '--import',
      'wrong.mjs',
      '--feeds',
      'data',
      '--no-wasm',
    );
    expect(stdout).toContain(
      'function bodies in Node: differs from kernel "middle" on, first in m',
    );
    expect(status).toBe(1);
    const loose = place.sharmix(
      'compare',
      'custom.onnx',
      '--import',
      'wrong.mjs',
      '--no-wasm',
      '--absolute',
      '100',
    );
    expect(loose.status).toBe(0);
  });
});
