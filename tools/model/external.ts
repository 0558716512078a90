// External data of a model put into the model: for a file that is written elsewhere.

import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fieldsOf, MessageBytes } from '../../src/onnx/bytes.ts';
import { readModel, writePart } from '../../src/onnx/bytes-model.ts';
import type { NamedBytes } from '../../src/onnx/bytes-graph.ts';
import { externalEntries } from '../../src/onnx/bytes-weights.ts';
import { isInside, readPart } from '../../src/runtime/files.ts';
import { ModelError, messageOf } from '../../src/schema/index.ts';

/** TensorProto: raw_data, external_data, data_location. */
const rawData = 9;
const externalData = 13;
const dataLocation = 14;
/** A protobuf message cannot be larger. */
const largest = 2 ** 31 - 2 ** 20;

const fail = (name: string, rule: string, actual: string, cause?: unknown): never => {
  throw new ModelError({
    where: `initialiser "${name}"`,
    what: 'its external data',
    rule,
    actual,
    cause,
  });
};

const readRange = async (
  name: string,
  folder: string,
  entries: ReadonlyMap<string, string>,
): Promise<Uint8Array> => {
  const location = entries.get('location') ?? '';
  if (isAbsolute(location) || !isInside(folder, resolve(folder, location))) {
    fail(name, "must lie in the model's folder", location);
  }
  try {
    const [base, file] = [await realpath(folder), await realpath(join(folder, location))];
    if (!isInside(base, file)) fail(name, "must lie in the model's folder", `a link to ${file}`);
    const offset = Number(entries.get('offset') ?? 0);
    const { size } = await stat(file);
    const length = Number(entries.get('length') ?? size - offset);
    if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
      fail(
        name,
        `must lie within the ${size} bytes of ${location}`,
        `${offset} to ${offset + length}`,
      );
    }
    const bytes = readPart(file, offset, length);
    if (bytes.length < length) fail(name, 'must be read whole', `${bytes.length} bytes`);
    return bytes;
  } catch (error) {
    if (error instanceof ModelError) throw error;
    return fail(name, 'must be read', messageOf(error), error);
  }
};

const embed = async ({ name, bytes }: NamedBytes, folder: string): Promise<NamedBytes> => {
  const fields = fieldsOf(bytes, name);
  const entries = externalEntries(fields, name);
  if (entries === undefined) return { name, bytes };
  const replaced: readonly number[] = [rawData, externalData, dataLocation];
  const kept = fields.filter((f) => !replaced.includes(f.number)).map((f) => f.whole);
  const data = await readRange(name, folder, entries);
  return { name, bytes: new MessageBytes().fields(kept).field(rawData, data).finish() };
};

/** A model with the data of its initialisers inside; the same bytes where none is outside.
 * @param path - The file the external data lie beside.
 * @throws {ModelError} Data that leave the folder or are not there, or a model that would pass protobuf's 2 GB. */
export const embedExternal = async (model: Uint8Array, path: string): Promise<Uint8Array> => {
  const parts = readModel(model, path);
  const folder = dirname(resolve(path));
  const initializers: NamedBytes[] = [];
  let size = 0;
  for (const one of parts.graph.initializers) {
    const whole = await embed(one, folder);
    size += whole.bytes.length;
    if (size > largest) {
      throw new ModelError({
        where: path,
        what: 'the model with its external data',
        rule: 'must be under 2 GB, the most an ONNX file holds',
        hint: 'extract a smaller part',
      });
    }
    initializers.push(whole);
  }
  const isSame = initializers.every((one, at) => one.bytes === parts.graph.initializers[at]!.bytes);
  return isSame ? model : writePart(parts, { ...parts.graph, initializers });
};
