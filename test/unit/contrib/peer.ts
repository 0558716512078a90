// Runs cases through onnxruntime-extensions (in Python) and through a copy of onnxruntime with our operators, and tells where they differ.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OrtModule } from '../../../src/runtime/index.ts';
import type { Tensor } from '../../../src/schema/index.ts';
import { runCommand } from '../../../tools/setup/command.ts';
import { ensureExtensions } from '../../../tools/setup/onnxruntime-extensions.ts';
import { modelOf, type Case } from './cases.ts';

/** A tensor in JSON. */
interface Plain {
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly data: readonly (string | number | boolean)[];
}

/** Outputs of a run by name, or why there are none. */
export type RunAnswer = { readonly outputs: Readonly<Record<string, Plain>> } | Failure;

/** Why a session or a run failed. */
interface Failure {
  readonly error: string;
}

/** What a case gave: why its session cannot be made, or each run's answer. */
export type Answer = { readonly runs: readonly RunAnswer[] } | Failure;

/** A tensor in JSON, ours or onnxruntime's. */
const plain = ({
  type,
  dtype = type,
  dims,
  data,
}: {
  readonly type?: string;
  readonly dtype?: string | undefined;
  readonly dims: readonly number[];
  readonly data: unknown;
}): Plain => ({
  dtype: dtype!,
  dims,
  data: Array.from(data as ArrayLike<string | number | bigint>, (value) => {
    if (dtype === 'bool') return Boolean(value);
    return typeof value === 'bigint' ? Number(value) : value;
  }),
});

const script = fileURLToPath(new URL('./peer.py', import.meta.url));

/** The answers of onnxruntime-extensions. */
export const peerAnswers = async (cases: readonly Case[]): Promise<readonly Answer[]> => {
  const python = await ensureExtensions({ log: (line) => console.log(line) });
  const folder = await mkdtemp(join(tmpdir(), 'sharmix-contrib-'));
  try {
    const request = await Promise.all(
      cases.map(async (one, i) => {
        const path = join(folder, `${i}.onnx`);
        await writeFile(path, modelOf(one));
        const runs = one.runs.map((feeds) =>
          Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, plain(value)])),
        );
        const name = `${i} ${one.op.schema.type}`;
        return { name, path, runs };
      }),
    );
    const [asked, given] = [join(folder, 'cases.json'), join(folder, 'answers.json')];
    await writeFile(asked, JSON.stringify(request));
    const { status, tail } = await runCommand(python, [script, asked, given], {
      timeoutMs: 300_000,
    });
    if (status !== 0)
      throw new Error(`onnxruntime-extensions stopped with ${status}: ${tail.slice(-400)}`);
    const { version, models } = JSON.parse(await readFile(given, 'utf8')) as {
      readonly version: string;
      readonly models: readonly Answer[];
    };
    if (version !== '0.15.2') throw new Error(`expected release 0.15.2, found ${version}`);
    return models;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const messageOf = (error: unknown): Failure => ({
  error: error instanceof Error ? error.message : String(error),
});

/** The answers of a copy of onnxruntime our operators are installed in. */
export const ourAnswers = async (ort: OrtModule, one: Case): Promise<Answer> => {
  const options = { executionProviders: ['custom-ops'] };
  let session;
  try {
    session = await ort.InferenceSession.create(modelOf(one), options);
  } catch (error) {
    return messageOf(error);
  }
  const runs: RunAnswer[] = [];
  for (const feeds of one.runs) {
    try {
      const outputs = await session.run(
        Object.fromEntries(
          Object.entries(feeds).map(([name, { dtype, data, dims }]: [string, Tensor]) => [
            name,
            new ort.Tensor(dtype, data as never, dims),
          ]),
        ),
      );
      runs.push({
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([name, value]) => [name, plain(value)]),
        ),
      });
    } catch (error) {
      runs.push(messageOf(error));
    }
  }
  await session.release();
  return { runs };
};
