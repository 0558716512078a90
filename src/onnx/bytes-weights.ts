// The weights of a model apart from the rest of it: where each large initialiser lies in the file, and the model's bytes with
// these places in the initialisers' stead (ONNX's external data). A file is read around its weights, not through them.

import { ModelError } from '../core/errors.ts';
import { dtypeOfOnnx, sizeBytesOf } from '../core/dtype.ts';
import { fieldsOf, MessageBytes, textOf, type Field } from './bytes.ts';
import { dimsOf } from './bytes-tensor.ts';
import { wholeFields, type ByteSource, type Place } from './byte-source.ts';

/** Where an initialiser's bytes lie. */
export interface WeightPlace {
  /** File, relative to the model's folder. */
  readonly location: string;
  readonly offset: number;
  /** Undefined: to the end of the file. */
  readonly length: number | undefined;
}

/** Initialisers from this size on, in bytes, are left where they lie. Smaller ones may be shapes, which onnxruntime's inference
 * has to read inside the model. */
export const detachedFrom = 1024;

const tensorField = {
  dataType: 2,
  floatData: 4,
  name: 8,
  rawData: 9,
  doubleData: 10,
  externalData: 13,
  dataLocation: 14,
} as const;
const entryField = { key: 1, value: 2 } as const;
/** Tag and value of `data_location: EXTERNAL`. */
const isExternal = Uint8Array.of(tensorField.dataLocation << 3, 1);

const externalFields = ({ location, offset, length }: WeightPlace): MessageBytes => {
  const message = new MessageBytes();
  const entries: Record<string, string> = { location, offset: String(offset) };
  if (length !== undefined) entries['length'] = String(length);
  for (const [key, value] of Object.entries(entries)) {
    const entry = new MessageBytes().text(entryField.key, key).text(entryField.value, value);
    message.field(tensorField.externalData, entry);
  }
  return message.fields([isExternal]);
};

/** An initialiser's data field that lies in the file as it lies in memory: raw data, and packed floats, which are the same. */
const dataField = (
  source: ByteSource,
  fields: readonly Place[],
): { readonly place: Place; readonly itemBytes: number } | undefined => {
  const last = (number: number): Place | undefined => fields.findLast((f) => f.number === number);
  const type = last(tensorField.dataType)?.varint ?? 0;
  const dtype = dtypeOfOnnx(type);
  if (dtype === undefined || dtype === 'string') return undefined;
  const candidates = [
    last(tensorField.rawData),
    type === 1 ? last(tensorField.floatData) : undefined,
    type === 11 ? last(tensorField.doubleData) : undefined,
  ].filter((place) => place !== undefined);
  const [place] = candidates;
  // Pieces of a repeated field, or several fields, are put together by whoever decodes them.
  if (place === undefined || candidates.length > 1 || place.payload === undefined) return undefined;
  if (fields.filter(({ number }) => number === place.number).length > 1) return undefined;
  if (place.payload.length < detachedFrom || place.payload.length > source.size) return undefined;
  return { place, itemBytes: sizeBytesOf(dtype) };
};

/** An initialiser with its data replaced by their place; the same bytes where there is none to leave. */
const detachInitializer = (
  source: ByteSource,
  initializer: { readonly offset: number; readonly length: number },
  location: string,
  where: string,
): { readonly bytes: Uint8Array; readonly detached: number } => {
  const fields = wholeFields(source, initializer, where);
  const data = dataField(source, fields);
  if (data === undefined) {
    return { bytes: source.read(initializer.offset, initializer.length), detached: 0 };
  }
  const { place, itemBytes } = data;
  const { offset, length } = place.payload!;
  const head = new MessageBytes()
    .fields(
      fields
        .filter((field) => field !== place && field.number !== tensorField.dataLocation)
        .map((field) => source.read(field.offset, field.length)),
    )
    .finish();
  const kept = fieldsOf(head, where);
  const expected = dimsOf(kept, where).reduce((size, dim) => size * dim, itemBytes);
  if (expected !== length) {
    const name = kept.findLast((f) => f.number === tensorField.name);
    throw new ModelError({
      where,
      what: `the data of initialiser "${name === undefined ? '' : textOf(name.payload)}"`,
      rule: `must have the ${expected} bytes its shape and type say`,
      actual: `${length} bytes`,
    });
  }
  const message = new MessageBytes().fields([
    head,
    externalFields({ location, offset, length }).finish(),
  ]);
  return { bytes: message.finish(), detached: length };
};

const modelGraph = 7;
const graphInitializer = 5;

/** A model whose large initialisers stay where they are. */
export interface DetachedModel {
  /** The model's bytes; the initialisers name their places in the file `location`. */
  readonly bytes: Uint8Array;
  /** Bytes of weights left in the file. */
  readonly detached: number;
}

/** Reads a model around its weights.
 * @param location - The name the initialisers call the file by.
 * @throws {ModelError} The bytes are no protobuf message, or an initialiser's shape and data disagree. */
export const detachWeights = (
  source: ByteSource,
  location: string,
  where: string,
): DetachedModel => {
  const model = new MessageBytes();
  let detached = 0;
  for (const field of wholeFields(source, { offset: 0, length: source.size }, where)) {
    if (field.number !== modelGraph || field.payload === undefined) {
      model.fields([source.read(field.offset, field.length)]);
      continue;
    }
    const graph = new MessageBytes();
    for (const part of wholeFields(source, field.payload, where)) {
      if (part.number !== graphInitializer || part.payload === undefined) {
        graph.fields([source.read(part.offset, part.length)]);
        continue;
      }
      const initializer = detachInitializer(source, part.payload, location, where);
      graph.field(graphInitializer, initializer.bytes);
      detached += initializer.detached;
    }
    model.field(modelGraph, graph);
  }
  return { bytes: model.finish(), detached };
};

/** The entries of `external_data` of a TensorProto's fields, as they are written; undefined where its data lie inside the model. */
export const externalEntries = (
  fields: readonly Field[],
  where: string,
): ReadonlyMap<string, string> | undefined => {
  if (fields.findLast((f) => f.number === tensorField.dataLocation)?.varint !== 1) return undefined;
  const entries = new Map<string, string>();
  for (const field of fields) {
    if (field.number !== tensorField.externalData) continue;
    const entry = fieldsOf(field.payload, where);
    const text = (number: number): string => {
      const found = entry.findLast((f) => f.number === number);
      return found === undefined ? '' : textOf(found.payload);
    };
    entries.set(text(entryField.key), text(entryField.value));
  }
  return entries;
};

/** Where the data of an initialiser (its TensorProto bytes) lie outside the model; undefined where they are inside.
 * @throws {ModelError} The place is no file, or no numbers. */
export const weightPlace = (tensor: Uint8Array, where: string): WeightPlace | undefined => {
  const entries = externalEntries(fieldsOf(tensor, where), where);
  if (entries === undefined) return undefined;
  const count = (key: string): number | undefined => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    throw new ModelError({
      where,
      what: `external data ${key}`,
      rule: 'must be a number of bytes',
      actual: JSON.stringify(text),
    });
  };
  const location = entries.get('location') ?? '';
  if (location === '') {
    throw new ModelError({ where, what: 'external data location', rule: 'must name a file' });
  }
  return { location, offset: count('offset') ?? 0, length: count('length') };
};

/** An initialiser (TensorProto bytes) with its data at another place. */
export const placedAt = (tensor: Uint8Array, place: WeightPlace, where: string): Uint8Array => {
  const { externalData, dataLocation, rawData } = tensorField;
  const replaced: readonly number[] = [externalData, dataLocation, rawData];
  return new MessageBytes()
    .fields(
      fieldsOf(tensor, where)
        .filter((f) => !replaced.includes(f.number))
        .map((f) => f.whole),
    )
    .fields([externalFields(place).finish()])
    .finish();
};

/** Size of an initialiser (TensorProto bytes) in bytes, its data inside or outside the model. */
export const weightBytes = (tensor: Uint8Array): number =>
  weightPlace(tensor, 'an initialiser')?.length ?? tensor.length;
