// `sharmix doctor`: what it lists here, and what it says where something is missing.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../../dist/tools/cli/main.js', import.meta.url));
const empty = mkdtempSync(join(tmpdir(), 'sharmix-doctor-'));

interface Finding {
  readonly name: string;
  readonly found: boolean;
  readonly detail: string;
  readonly fix?: string;
}

const doctor = (env: Readonly<Record<string, string>> = {}) => {
  const { stdout, status } = spawnSync(process.execPath, [main, 'doctor', '--json'], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, findings: JSON.parse(stdout) as Finding[] };
};

afterAll(() => {
  rmSync(empty, { recursive: true, force: true });
});

describe('sharmix doctor', { timeout: 60_000 }, () => {
  it('finds all that the tests need', () => {
    const { status, findings } = doctor();
    expect(findings.filter(({ found }) => !found)).toEqual([]);
    expect(status).toBe(0);
    const detailOf = (name: string) => findings.find((one) => one.name === name)?.detail;
    expect(detailOf('Node')).toContain(process.version);
    expect(detailOf('tfjs backend')).toMatch(/TensorFlow \d+\.\d+/);
    expect(detailOf('onnxruntime-node')).toMatch(/^\d+\.\d+\.\d+$/);
    expect(detailOf('WebGPU adapter')).toMatch(/\w/);
  });

  it('names what is missing, and the command that mends it', () => {
    const { status, findings } = doctor({ CHROMIUM: join(empty, 'no-chromium') });
    const missing = findings.filter(({ found }) => !found);
    expect(missing.map(({ name }) => name)).toEqual(['Chromium', 'WebGPU adapter']);
    expect(missing[0]?.detail).toContain('no-chromium');
    for (const { fix } of missing) expect(fix).toBe('sharmix setup');
    expect(status).toBe(1);
  });
});
