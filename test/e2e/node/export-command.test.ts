// `sharmix export` as a user calls it: a run folder in, a verified classifier out; nothing replaced, nothing half written.

import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-node';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../../models/text-classifier/config.ts';
import { createNetwork } from '../../../models/text-classifier/model.ts';
import { saveRun } from '../../../models/text-classifier/run.ts';
import { decodeModel } from '../../../src/onnx/index.ts';
import { fitTokenizer, loadClassifier, readMetadata } from '../../../src/text/index.ts';
import { loadBackend } from '../../../src/train/index.ts';

const main = fileURLToPath(new URL('../../../dist/tools/cli/main.js', import.meta.url));
const labels = ['a', 'b', 'c'];
let folder: string;

const sharmix = (...args: string[]) =>
  spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: 'utf8' });

beforeAll(async () => {
  await loadBackend({ prefer: 'cpu' });
  folder = await mkdtemp(join(tmpdir(), 'sharmix-export-'));
  const tokenizer = fitTokenizer(['one two three four'], { minCount: 1 });
  const config = resolveConfig();
  const model = createNetwork({
    vocabularySize: tokenizer.size,
    length: tokenizer.length,
    classes: labels.length,
  });
  const part = { rows: 1, loss: 0.5, accuracy: 0.75, macroF1: 0.7, zeros: 0.1 };
  const metrics = { train: part, validation: part, test: part, q: 1.5, r: 1.5, epochs: 2 };
  await mkdir(join(folder, 'run'));
  await saveRun(join(folder, 'run'), {
    model,
    tokenizer,
    labels,
    metrics: { ...metrics, bestEpoch: 1 },
    seed: 7,
    config,
  });
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('sharmix export', () => {
  it('puts the tokenizer into the graph on wish, and classify takes such a file', () => {
    const { status, stdout, stderr } = sharmix('export', 'run', '--out', 't.onnx', '--text-input');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^t\.onnx: \d+ kB/);
    expect(sharmix('export', 'run', '--out', 'plain.onnx').status).toBe(0);
    const texts = ['one two', 'three unknown words'];
    const plain = sharmix('classify', 'plain.onnx', ...texts);
    expect(plain.status).toBe(0);
    expect(sharmix('classify', 't.onnx', ...texts)).toMatchObject({
      status: 0,
      stdout: plain.stdout,
    });
    const stock = sharmix('classify', 't.onnx', 'one', '--provider', 'stock');
    expect(stock.status).toBe(1);
    expect(stock.stderr).toContain('TextTokens');
  });

  it('writes a classifier that onnxruntime runs, with its metadata', async () => {
    const { status, stdout } = sharmix('export', 'run', '--out', 'a.onnx');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^a\.onnx: \d+ kB, opset 17, IR 8, ai\.sharmix@1::SharMiX\n/);
    expect(stdout).toMatch(/agrees with tfjs in stock and custom-ops sessions/);
    const { metadataProps } = decodeModel(new Uint8Array(await readFile(join(folder, 'a.onnx'))));
    const entries = (metadataProps ?? []).map(({ key, value }) => [key, value]);
    const metadata = readMetadata(Object.fromEntries(entries) as Record<string, string>);
    expect(metadata.labels).toEqual(labels);
    expect(metadata.seed).toBe(7);
    expect(metadata.metrics['test']).toMatchObject({ accuracy: 0.75 });
    const classifier = await loadClassifier(ort, join(folder, 'a.onnx'));
    const [result] = await classifier.classify(['one two']);
    const sum = Object.values(result!.probabilities).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 5);
    await classifier.release();
  });

  it('prints its report as JSON', () => {
    const { stdout } = sharmix('export', 'run', '--out', 'b.onnx', '--opset', '21', '--json');
    const report = JSON.parse(stdout) as { opset: number; irVersion: number; layers: unknown[] };
    expect(report).toMatchObject({ out: 'b.onnx', opset: 21, irVersion: 10 });
    expect(report.layers).toHaveLength(4);
  });

  it('leaves an existing file alone, unless forced', async () => {
    await writeFile(join(folder, 'c.onnx'), 'mine');
    const refused = sharmix('export', 'run', '--out', 'c.onnx');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toBe(
      'sharmix: c.onnx: the output file must not exist. Hint: choose another name, or replace it with --force.\n',
    );
    expect(await readFile(join(folder, 'c.onnx'), 'utf8')).toBe('mine');
    expect(sharmix('export', 'run', '--out', 'c.onnx', '--force').status).toBe(0);
    expect((await readFile(join(folder, 'c.onnx'))).length).toBeGreaterThan(1000);
  });

  it('names a run that is none', async () => {
    const { status, stderr } = sharmix('export', 'nowhere', '--out', 'd.onnx');
    expect(status).toBe(1);
    expect(stderr).toContain('nowhere: the run must be a finished run');
    expect(stderr).not.toContain('    at ');
    expect(await readdir(folder)).not.toContain('d.onnx');
  });

  it('calls a wrong opset a wrong use', () => {
    const { status, stderr } = sharmix('export', 'run', '--out', 'e.onnx', '--opset', '12');
    expect(status).toBe(2);
    expect(stderr).toContain('It must be an integer in [13, 26]');
  });
});
