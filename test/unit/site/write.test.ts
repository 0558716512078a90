// What `sharmix deploy` refuses, and that it leaves nothing behind then.

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelBuilder } from '../../../src/onnx/index.ts';
import { type Tokenizer, fitTokenizer, writeMetadata } from '../../../src/text/index.ts';
import { writeSite } from '../../../tools/site/write.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sharmix-write-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const model = (metadata: Record<string, string>): Uint8Array => {
  const builder = new ModelBuilder();
  const x = builder.input('tokens', 'int32', ['N', 2]);
  builder.output(builder.op('Identity', [x]), 'probabilities', 'int32', ['N', 2]);
  for (const [key, value] of Object.entries(metadata)) builder.metadata(key, value);
  return builder.build();
};

const classifierMetadata = (): Record<string, string> => {
  const tokenizer: Tokenizer = fitTokenizer(['one two'], { minCount: 1 });
  return writeMetadata({ labels: ['a', 'b'], tokenizer, metrics: {}, seed: 1, version: '0' });
};

/** Writes a model, tries to deploy it, and checks that no folder came of it. */
const deploy = async (bytes: Uint8Array): Promise<void> => {
  const path = join(folder, 'model.onnx');
  await writeFile(path, bytes);
  try {
    await writeSite(path, join(folder, 'site'));
  } finally {
    expect(await readdir(folder)).not.toContain('site');
  }
};

describe('writeSite', () => {
  it('refuses a folder that exists', async () => {
    await mkdir(join(folder, 'there'));
    await expect(writeSite('model.onnx', join(folder, 'there'))).rejects.toThrow(
      /there: the output folder must not exist\. Hint: remove it/,
    );
  });

  it('names a model that is not there', async () => {
    await expect(writeSite(join(folder, 'none.onnx'), join(folder, 'site'))).rejects.toThrow(
      /none\.onnx: the model must be a file that can be read, got ENOENT/,
    );
  });

  it('refuses a file that is no ONNX', async () => {
    await expect(deploy(new TextEncoder().encode('<html>'))).rejects.toThrow('ONNX');
  });

  it('refuses a model without the metadata of a classifier', async () => {
    await expect(deploy(model({ author: 'me' }))).rejects.toThrow(
      'must be a text classifier with sharmix.labels in its metadata, got only author',
    );
  });

  it('refuses a classifier without logits, on which the sliders work', async () => {
    await expect(deploy(model(classifierMetadata()))).rejects.toThrow(
      'the output logits must be there, for the page to run its normaliser on, got probabilities',
    );
  });
});
