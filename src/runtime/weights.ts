// The weights of a model that is cut into segments: they stay in the file, or in the bytes the user gave, and every segment's
// session reads its own from there. Nothing is copied into the segments' models.

import { messageOf, ModelError } from '../core/errors.ts';
import { readModel, type ModelBytes } from '../onnx/bytes-model.ts';
import type { NamedBytes } from '../onnx/bytes-graph.ts';
import { detachWeights, placedAt, weightPlace, type WeightPlace } from '../onnx/bytes-weights.ts';
import { isInside, nodeModules, readPart } from './files.ts';
import type { ModelFile } from './load.ts';
import type { SessionOptions } from './ort-types.ts';

/** A model without its weights, and the options that let onnxruntime find them. */
export interface PreparedModel {
  readonly model: ModelBytes;
  /** The user's session options, with the places of weights added. */
  readonly options: SessionOptions;
}

const folderOption = 'model_external_initializers_file_folder_path';

/** The folder the user's own session option names. */
const folderOf = ({ extra }: SessionOptions): unknown =>
  (extra?.['session'] as Record<string, unknown> | undefined)?.[folderOption] ??
  extra?.[`session.${folderOption}`];

/** An initialiser outside the model. */
interface External {
  readonly tensor: NamedBytes;
  readonly place: WeightPlace;
}

const externalsOf = (model: ModelBytes, where: string): readonly External[] =>
  model.graph.initializers.flatMap((tensor) => {
    const place = weightPlace(tensor.bytes, `${where}, initialiser "${tensor.name}"`);
    return place === undefined ? [] : [{ tensor, place }];
  });

const refuse = (
  where: string,
  { tensor, place }: External,
  actual: string,
  cause?: unknown,
): never => {
  throw new ModelError({
    where,
    what: `the external data ${JSON.stringify(place.location)} of initialiser "${tensor.name}"`,
    rule: "must be a file inside the model's folder",
    actual,
    ...(cause === undefined ? {} : { cause }),
    hint: 'keep the data file beside the model, under the name it was saved with',
  });
};

/** A name that leaves the folder it is looked up in. */
const isOutside = (location: string): boolean =>
  /^([/\\]|[A-Za-z]:)/.test(location) || location.split(/[/\\]/).includes('..');

/** The real path of an external file, inside the folder of the model's path or of the file the path links to. */
const realFile = (where: string, folders: readonly string[], external: External): string => {
  const { fs, path } = nodeModules();
  const { location, offset, length } = external.place;
  if (isOutside(location)) refuse(where, external, 'a path that leaves it');
  let file = '';
  let size = 0;
  try {
    file = fs.realpathSync(path.join(folders[0]!, location));
    ({ size } = fs.statSync(file));
  } catch (cause) {
    refuse(where, external, messageOf(cause), cause);
  }
  if (!folders.some((folder) => isInside(fs.realpathSync(folder), file))) {
    refuse(where, external, `a link to ${file}`);
  }
  if (offset + (length ?? 0) > size) {
    throw new ModelError({
      where,
      what: `the external data of initialiser "${external.tensor.name}"`,
      rule: `must be the bytes ${offset} to ${offset + (length ?? 0)} of ${location}`,
      actual: `a file of ${size} bytes`,
      hint: 'check that the copy or download of the data file is complete',
    });
  }
  return file;
};

/** The folder that holds all of them. */
const commonFolder = (files: readonly string[]): string => {
  const { path } = nodeModules();
  const [first, ...rest] = files.map((file) => path.dirname(file));
  return rest.reduce((folder, other) => {
    let common = folder;
    while (!isInside(common, other)) common = path.dirname(common);
    return common;
  }, first!);
};

/** The same model with its initialisers at other places. */
const withPlaces = (
  model: ModelBytes,
  where: string,
  placeOf: (external: External) => WeightPlace,
): ModelBytes => {
  const initializers = model.graph.initializers.map((tensor): NamedBytes => {
    const place = weightPlace(tensor.bytes, where);
    if (place === undefined) return tensor;
    const bytes = placedAt(tensor.bytes, placeOf({ tensor, place }), where);
    return { name: tensor.name, bytes };
  });
  return { ...model, graph: { ...model.graph, initializers } };
};

/** What the model's own file is called until its place is known. */
const ownFile = 'sharmix:model';

/** A model from a file of Node: onnxruntime reads the initialisers inside it, by their place. */
const fromFile = (file: ModelFile, path: string, options: SessionOptions): PreparedModel => {
  const { fs, path: paths } = nodeModules();
  const { where } = file;
  const { bytes } = detachWeights(file.source, ownFile, where);
  const model = readModel(bytes, where);
  // onnxruntime follows no link out of the folder it is given, so it gets real names, and the folder that holds them all.
  const own = fs.realpathSync(path);
  const folders = [paths.dirname(path), paths.dirname(own)];
  const files = new Map([[ownFile, own]]);
  for (const external of externalsOf(model, where)) {
    const { location } = external.place;
    if (location !== ownFile) files.set(location, realFile(where, folders, external));
  }
  const folder = commonFolder([...files.values()]);
  const placed = withPlaces(model, where, ({ place }) => ({
    ...place,
    location: paths.relative(folder, files.get(place.location)!),
  }));
  const session = { ...(options.extra?.['session'] as object | undefined), [folderOption]: folder };
  return {
    model: {
      ...placed,
      weightsAt: ({ location, offset, length }) =>
        readPart(paths.join(folder, location), offset, length),
    },
    options: { ...options, extra: { ...options.extra, session } },
  };
};

type ExternalData = NonNullable<SessionOptions['externalData']>[number];

const pathOf = (data: ExternalData): string => (typeof data === 'string' ? data : data.path);

/** External data in memory; data that onnxruntime fetches itself are not at hand. */
const dataOf = (
  given: ExternalData,
): { readonly path: string; readonly data: Uint8Array | undefined } => {
  const data = typeof given === 'string' ? undefined : given.data;
  return { path: pathOf(given), data: data instanceof Uint8Array ? data : undefined };
};

/** A model in memory: onnxruntime reads the initialisers out of its bytes, which it is given as external data. */
const fromBytes = (file: ModelFile, bytes: Uint8Array, options: SessionOptions): PreparedModel => {
  const { where } = file;
  const given = options.externalData ?? [];
  const { bytes: rest, detached } = detachWeights(file.source, ownFile, where);
  const model = readModel(rest, where);
  const externals = externalsOf(model, where).filter(({ place }) => place.location !== ownFile);
  const isGiven = ({ place }: External): boolean =>
    given.some((data) => pathOf(data) === place.location);
  for (const external of externals) {
    if (!isGiven(external) && isOutside(external.place.location)) {
      refuse(where, external, 'a path that leaves it');
    }
  }
  const weightsAt = (place: WeightPlace): Uint8Array => {
    const { location, offset, length } = place;
    const data =
      location === ownFile ? bytes : given.map(dataOf).find(({ path }) => path === location)?.data;
    if (data === undefined) return model.weightsAt(place);
    return data.subarray(offset, length === undefined ? undefined : offset + length);
  };
  // onnxruntime takes external data from memory or from files, not from both: then all goes along with the segments.
  if (!externals.every(isGiven))
    return { model: { ...readModel(bytes, where), weightsAt }, options };
  return {
    model: { ...model, weightsAt },
    options:
      detached === 0
        ? options
        : { ...options, externalData: [...given, { path: ownFile, data: bytes }] },
  };
};

/** Reads a model around its weights.
 * @param isNodeCopy - Whether onnxruntime reads files itself (onnxruntime-node).
 * @throws {ModelError} No model, or external data outside the model's folder, missing or too short. */
export const prepareModel = (
  file: ModelFile,
  options: SessionOptions,
  isNodeCopy: boolean,
): PreparedModel => {
  const { bytes, path, source } = file;
  const isApart = options.externalData !== undefined || folderOf(options) !== undefined;
  if (path !== undefined && isNodeCopy && !isApart) return fromFile(file, path, options);
  return fromBytes(file, bytes ?? source.read(0, source.size), options);
};
