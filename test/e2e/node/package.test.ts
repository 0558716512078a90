// The package as a user gets it: its entries by self-reference after the build, and out of the packed tarball in an empty folder.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string>;
  devDependencies: Record<string, string>;
};
const entries = Object.keys(manifest.exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => `sharmix${entry.slice(1)}`);

/** One exported name of each entry that its users rely on. */
const landmarks: Readonly<Record<string, string>> = {
  'sharmix/math': 'sharmixVjp',
  'sharmix/schema': 'defineOp',
  'sharmix/ops': 'sharmix',
  'sharmix/ops/text': 'textTokens',
  'sharmix/ops/contrib': 'contrib',
  'sharmix/onnx': 'decodeModel',
  'sharmix/runtime': 'install',
  'sharmix/text': 'loadClassifier',
  'sharmix/train': 'SharMiX',
  'sharmix/export': 'exportModel',
  'sharmix/testing': 'gradcheck',
};

const program = (names: readonly string[]): string => `
${names.map((name, i) => `import * as m${i} from '${name}';`).join('\n')}
const found = { ${names.map((name, i) => `'${name}': Object.keys(m${i})`).join(', ')} };
process.stdout.write(JSON.stringify(found));
`;

const run = (folder: string, names: readonly string[]) => {
  const file = join(folder, 'entries.mjs');
  writeFileSync(file, program(names));
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  return { stdout, stderr, status };
};

const expectEntries = ({ stdout, stderr, status }: ReturnType<typeof run>): void => {
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const found = JSON.parse(stdout) as Record<string, string[]>;
  for (const entry of entries) {
    expect({ entry, names: found[entry] }).toMatchObject({
      names: expect.arrayContaining([landmarks[entry]]) as unknown,
    });
  }
};

describe('entries of the package', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sharmix-package-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('has a landmark for every entry', () => {
    expect(Object.keys(landmarks).sort()).toEqual([...entries].sort());
  });

  it('imports every entry by self-reference, with an empty stderr', () => {
    const inside = mkdtempSync(join(root, 'dist', 'self-'));
    try {
      expectEntries(run(inside, entries));
    } finally {
      rmSync(inside, { recursive: true, force: true });
    }
  });

  it(
    'imports every entry from the packed tarball, types and runs a model',
    { timeout: 300_000 },
    () => {
      execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root });
      const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'));
      expect(archive).toBeDefined();
      writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}');
      const peers = [
        'onnxruntime-node',
        'onnxruntime-web',
        '@tensorflow/tfjs',
        '@tensorflow/tfjs-node',
      ];
      execFileSync(
        'npm',
        [
          'install',
          '--ignore-scripts',
          '--no-audit',
          '--no-fund',
          '--prefer-offline',
          `./${archive}`,
          ...[...peers, 'typescript', '@types/node'].map(
            (name) => `${name}@${manifest.devDependencies[name]}`,
          ),
        ],
        { cwd: folder, stdio: 'pipe' },
      );
      expectEntries(run(folder, entries));

      const user = readFileSync(join(root, 'test/types/user-program.ts'), 'utf8');
      writeFileSync(join(folder, 'user-program.ts'), user);
      const tsc = spawnSync(
        process.execPath,
        [
          join(folder, 'node_modules/typescript/bin/tsc'),
          '--noEmit',
          '--strict',
          '--module',
          'nodenext',
          '--target',
          'es2022',
          '--skipLibCheck',
          '--types',
          'node',
          'user-program.ts',
        ],
        { cwd: folder, encoding: 'utf8' },
      );
      expect(tsc.stdout).toBe('');
      expect(tsc.status).toBe(0);

      const help = spawnSync(join(folder, 'node_modules/.bin/sharmix'), ['--help'], {
        encoding: 'utf8',
      });
      expect(help.stdout).toContain('Usage: sharmix');
      expect(help.stderr).toBe('');
    },
  );
});
