// The set-up step's parts: taking files out of a zip, running programs within a time, the cache, the state it reports.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { cached } from '../../../tools/setup/cache.ts';
import { findChromium } from '../../../tools/setup/chromium.ts';
import { runCommand } from '../../../tools/setup/command.ts';
import { ensureTfjsNode, tfjsNodeStatus } from '../../../tools/setup/tfjs-node.ts';
import { extractEntry, listZip } from '../../../tools/setup/unzip.ts';

const folder = mkdtempSync(join(tmpdir(), 'sharmix-setup-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A zip archive after the format's own description (APPNOTE 4.3): local headers, central directory, end record. */
const zipOf = (files: readonly { name: string; text: string; deflated: boolean }[]): Uint8Array => {
  const locals: number[] = [];
  const directory: number[] = [];
  for (const { name, text, deflated } of files) {
    const data = deflated ? deflateRawSync(text) : Buffer.from(text);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    // A local header may carry an extra field that the directory lacks.
    local.writeUInt16LE(4, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(deflated ? 8 : 0, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt32LE(text.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(locals.length, 42);
    directory.push(...entry, ...Buffer.from(name));
    locals.push(...local, ...Buffer.from(name), 0, 0, 0, 0, ...data);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(locals.length, 16);
  end.writeUInt16LE(7, 20);
  return Uint8Array.from([...locals, ...directory, ...end, ...Buffer.from('comment')]);
};

describe('unzip', () => {
  const text = 'abc '.repeat(5000);
  const archive = join(folder, 'a.zip');

  it('takes stored and deflated files out of an archive with a comment', async () => {
    writeFileSync(
      archive,
      zipOf([
        { name: 'plain.txt', text: 'hello', deflated: false },
        { name: 'deep/packed.txt', text, deflated: true },
      ]),
    );
    const [plain, packed] = await listZip(archive);
    await extractEntry(archive, plain!, join(folder, 'out/plain.txt'));
    await extractEntry(archive, packed!, join(folder, 'out/deep/packed.txt'));
    expect(readFileSync(join(folder, 'out/plain.txt'), 'utf8')).toBe('hello');
    expect(readFileSync(join(folder, 'out/deep/packed.txt'), 'utf8')).toBe(text);
  });

  it('refuses what is no zip, and a file shorter than the directory says', async () => {
    writeFileSync(join(folder, 'b.zip'), 'this is no archive at all, only text');
    await expect(listZip(join(folder, 'b.zip'))).rejects.toThrow(/must be a zip file/);
    const [entry] = await listZip(archive);
    const wrong = { ...entry!, sizeBytes: 6 };
    await expect(extractEntry(archive, wrong, join(folder, 'c'))).rejects.toThrow(/5 of 6 bytes/);
  });
});

describe('runCommand', () => {
  it('gives status and output', async () => {
    const script = 'console.log("out"); console.error("err"); process.exit(3)';
    const result = await runCommand(process.execPath, ['-e', script], { timeoutMs: 20_000 });
    expect(result).toMatchObject({ status: 3, timedOut: false });
    expect(result.tail.split('\n').sort()).toEqual(['err', 'out']);
  });

  it('stops a program that hangs, with its children', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      setInterval(() => {}, 1000);`;
    const started = Date.now();
    const result = await runCommand(process.execPath, ['-e', script], { timeoutMs: 500 });
    expect(result).toMatchObject({ status: undefined, timedOut: true });
    // The child holds the pipe open: without it stopped too, this would not have come back.
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it('tells that a program does not exist', async () => {
    const result = await runCommand('no-such-program-here', [], { timeoutMs: 1000 });
    expect(result.status).toBeUndefined();
    expect(result.tail).toMatch(/ENOENT/);
  });
});

describe('cached', () => {
  it('fills a folder once, and leaves nothing where filling fails', async () => {
    vi.stubEnv('XDG_CACHE_HOME', folder);
    await expect(
      cached('thing', (draft) => {
        writeFileSync(join(draft, 'half'), '');
        return Promise.reject(new Error('no network'));
      }),
    ).rejects.toThrow('no network');
    expect(existsSync(join(folder, 'sharmix/thing'))).toBe(false);
    let fills = 0;
    const fill = (draft: string): Promise<void> => {
      fills++;
      writeFileSync(join(draft, 'file'), 'x');
      return Promise.resolve();
    };
    const [first, second] = await Promise.all([cached('thing', fill), cached('thing', fill)]);
    expect(await cached('thing', fill)).toBe(first);
    expect(second).toBe(first);
    expect(fills).toBeLessThanOrEqual(2);
    expect(readFileSync(join(first, 'file'), 'utf8')).toBe('x');
  });
});

describe('tfjs-node', () => {
  it('is left alone where it loads, and its version is told', async () => {
    const lines: string[] = [];
    const { backend, how, detail } = await ensureTfjsNode({ log: (line) => lines.push(line) });
    expect({ backend, how, lines }).toEqual({ backend: 'tensorflow', how: 'present', lines: [] });
    expect(await tfjsNodeStatus()).toEqual({
      loadable: true,
      detail: `tfjs-node on TensorFlow ${detail}`,
    });
  }, 60_000);
});

describe('findChromium', () => {
  it('takes the program that CHROMIUM names, and refuses one that is none', () => {
    vi.stubEnv('CHROMIUM', process.execPath);
    expect(findChromium()).toBe(process.execPath);
    vi.stubEnv('CHROMIUM', join(folder, 'nowhere'));
    expect(() => findChromium()).toThrow(/the variable CHROMIUM must name a program/);
  });
});
