// Writes the static site of a classifier: the page, the model, and the installed onnxruntime-web, whole or not at all.

import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeModel } from '../../src/onnx/index.ts';
import { DataError, ModelError, RuntimeError, messageOf } from '../../src/schema/index.ts';
import { readMetadata } from '../../src/text/index.ts';
import { readModelFile } from '../model/file.ts';
import { root } from '../root.ts';

/** Files of onnxruntime-web the page loads: WebGPU, with WebAssembly in the same library. */
const ortFiles = [
  'ort.webgpu.min.mjs',
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
] as const;

/** A site that was written. */
export interface Site {
  readonly folder: string;
  /** Relative to the folder. */
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
}

const ortFolder = (): string => {
  try {
    return dirname(fileURLToPath(import.meta.resolve('onnxruntime-web/webgpu')));
  } catch (cause) {
    throw new RuntimeError({
      where: 'deploy',
      what: 'onnxruntime-web',
      rule: 'must be installed: the site carries it',
      hint: 'npm install onnxruntime-web --ignore-scripts',
      cause,
    });
  }
};

/** Reads a model and checks that it is a classifier the page can run.
 * @throws {DataError} It cannot be read, or is no classifier. {ModelError} It is no ONNX model. */
const readClassifier = async (path: string): Promise<Uint8Array> => {
  const bytes = await readModelFile(path);
  const { metadataProps, graph } = decodeModel(bytes, path);
  readMetadata(
    Object.fromEntries((metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? ''])),
    path,
  );
  const outputs = graph?.output?.map(({ name }) => name) ?? [];
  for (const name of ['probabilities', 'logits']) {
    if (outputs.includes(name)) continue;
    throw new ModelError({
      where: path,
      what: `the output ${name}`,
      rule: 'must be there, for the page to run its normaliser on',
      actual: outputs.join(', '),
      hint: 'export the classifier with `sharmix export`',
    });
  }
  return bytes;
};

const sources = (): readonly { readonly from: string; readonly to: string }[] => {
  const ort = ortFolder();
  const page = join(root, 'dist', 'page');
  const files = readdirSync(page, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return [
    ...files.map((from) => ({ from, to: relative(page, from) })),
    ...ortFiles.map((file) => ({ from: join(ort, file), to: join('ort', file) })),
  ];
};

/** Writes the site of a classifier to a new folder.
 * @throws {DataError} The folder exists, or cannot be written; the model is no classifier. */
export const writeSite = async (model: string, folder: string): Promise<Site> => {
  const target = resolve(folder);
  if (existsSync(target)) {
    throw new DataError({
      where: folder,
      what: 'the output folder',
      rule: 'must not exist',
      hint: 'remove it, or choose another name with --out',
    });
  }
  const bytes = await readClassifier(model);
  const copies = sources();
  // Beside its target, so that the last step is a rename.
  const draft = join(dirname(target), `.${basename(target)}.partial-${process.pid}`);
  try {
    for (const { from, to } of copies) {
      await mkdir(dirname(join(draft, to)), { recursive: true });
      await copyFile(from, join(draft, to));
    }
    await writeFile(join(draft, 'model.onnx'), bytes);
    await rename(draft, target);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    throw new DataError({
      where: folder,
      what: 'the site',
      rule: 'could not be written',
      actual: messageOf(cause),
      cause,
    });
  }
  const files = await Promise.all(
    [...copies.map(({ to }) => to), 'model.onnx'].map(async (path) => ({
      path,
      sizeBytes: (await stat(join(target, path))).size,
    })),
  );
  return { folder: target, files };
};
