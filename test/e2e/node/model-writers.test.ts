// The commands that write models: files whole or not at all, verified; and wrong use of all commands about models.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeModel } from '../../../src/onnx/index.ts';
import { workplace, type Workplace } from './model-files.ts';

let place: Workplace;

beforeAll(() => {
  place = workplace();
});

afterAll(() => {
  place.remove();
});

describe('sharmix extract', { timeout: 60_000 }, () => {
  it('writes a part that loads, external data inside', () => {
    const { stdout, status } = place.sharmix(
      'extract',
      'outside.onnx',
      '--inputs',
      'x',
      '--outputs',
      'h',
      '--out',
      'h.onnx',
    );
    expect(stdout).toMatch(/^h\.onnx: .*1 node, x -> h; loads in onnxruntime\n$/);
    expect(status).toBe(0);
    const [initializer] = decodeModel(readFileSync(join(place.folder, 'h.onnx'))).graph!
      .initializer!;
    expect([...new Float32Array(Uint8Array.from(initializer!.rawData!).buffer)]).toEqual([1, 2, 3]);
  });

  it('writes nothing where it fails, and does not replace a file unasked', () => {
    const failed = place.sharmix(
      'extract',
      'custom.onnx',
      '--inputs',
      'm',
      '--outputs',
      'y',
      '--out',
      'no.onnx',
    );
    expect(failed.stderr).toMatch(
      /must follow from the inputs, but also need "x".*add "x" to the inputs/,
    );
    expect(failed.status).toBe(1);
    expect(existsSync(join(place.folder, 'no.onnx'))).toBe(false);
    const taken = place.sharmix(
      'extract',
      'custom.onnx',
      '--inputs',
      'x',
      '--outputs',
      'h',
      '--out',
      'head.onnx',
    );
    expect(taken.stderr).toMatch(/must not exist.*--force/);
  });
});

describe('sharmix inline', { timeout: 60_000 }, () => {
  it('writes a model without functions that gives the same', () => {
    const { stdout, status } = place.sharmix(
      'inline',
      'outside.onnx',
      '--out',
      'flat.onnx',
      '--dim',
      'N=5',
    );
    expect(stdout).toMatch(/1 function expanded; same results as the original in onnxruntime/);
    expect(status).toBe(0);
    const { functions, opsetImport } = decodeModel(readFileSync(join(place.folder, 'flat.onnx')));
    expect(functions).toEqual([]);
    expect(opsetImport.map(({ domain }) => domain)).toEqual(['']);
  });

  it('refuses what cannot be expanded, and writes nothing', () => {
    const { stderr, status } = place.sharmix('inline', 'recursive.onnx', '--out', 'never.onnx');
    expect(stderr).toMatch(/function test\.ops::Affine must not call itself/);
    expect(status).toBe(1);
    expect(existsSync(join(place.folder, 'never.onnx'))).toBe(false);
  });
});

describe('wrong use', { timeout: 60_000 }, () => {
  it.each<[string, readonly string[], number, RegExp]>([
    ['a file that is no model', ['inspect', 'text.onnx'], 1, /text\.onnx: the file must be/],
    [
      'a file that is not there',
      ['check', 'none.onnx'],
      1,
      /must be a file that can be read.*ENOENT/,
    ],
    [
      'a module without operators',
      ['inspect', 'head.onnx', '--import', 'nothing.mjs'],
      1,
      /must export operators made by defineOp.*got nothing/,
    ],
    [
      'a module that is not there',
      ['inspect', 'head.onnx', '--import', './none.mjs'],
      1,
      /the module must load/,
    ],
    [
      'inputs that are not the model’s',
      ['compare', 'head.onnx', '--feeds', 'feeds.json', '--no-wasm'],
      1,
      /./,
    ],
    [
      'a tolerance that is none',
      ['compare', 'head.onnx', '--absolute', 'x'],
      2,
      /must be a number >= 0/,
    ],
    ['a size that is none', ['compare', 'head.onnx', '--dim', 'N'], 2, /NAME=SIZE/],
    ['a cut that is none', ['inspect', 'head.onnx', '--cut', 'no'], 2, /Allowed choices/],
    ['no output file', ['inline', 'head.onnx'], 2, /--out/],
  ])('answers %s with one line and its exit code', (_, args, code, message) => {
    const { stderr, status } = place.sharmix(...args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(status).toBe(code);
  });
});
