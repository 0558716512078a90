// The main job end to end, as `npm run demo` does it: train, export, classify with kernel and function body, the page on WebGPU.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../../dist/tools/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sharmix-demo-'));
const out = join(folder, 'demo');

const demo = () =>
  spawnSync(process.execPath, [main, 'demo', '--epochs', '1', '--out', out], { encoding: 'utf8' });

/** The lines `label<tab>probabilities<tab>text` that classify prints, without the text. */
const classified = (section: string): readonly string[] =>
  section
    .split('\n')
    .filter((line) => line.split('\t').length === 3)
    .map((line) => line.slice(0, line.lastIndexOf('\t')));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('sharmix demo', { timeout: 240_000 }, () => {
  it('trains, exports, and runs the same classifier in Node and in the browser', () => {
    const { stdout, stderr, status } = demo();
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const [, , , exported = '', kernel = '', body = '', browser = ''] = stdout.split('\n== ');
    expect(exported).toContain('ai.sharmix@1::SharMiX');
    expect(exported).toContain('agrees with tfjs in stock and custom-ops sessions');
    expect(classified(kernel)).toHaveLength(3);
    expect(classified(kernel)).toEqual(classified(body));
    expect(browser.match(/in the browser: WebGPU, SharMiX in WGSL/g)).toHaveLength(3);
    for (const label of ['easy-ham', 'hard-ham', 'spam']) expect(browser).toContain(label);
    expect(existsSync(join(out, 'page.png'))).toBe(true);
  });

  it('refuses a folder that exists', () => {
    const { stderr, status } = demo();
    expect(stderr).toContain('exists; remove it or choose another');
    expect(status).toBe(2);
  });
});
