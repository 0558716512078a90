// Mutations of a valid model's bytes: bits flipped, bytes cut off, fields edited, parts of other models put in. Seeded.

import type { Random } from '../../src/testing/index.ts';
import { messagesOf, readTree, writeTree, type Tree, type TreeField } from './message-tree.ts';

/** How a model was changed. */
export type Mutation = 'none' | 'bits' | 'truncated' | 'fields' | 'spliced';

/** All mutations, as often as they are drawn. */
const drawn: readonly Mutation[] = [
  'none',
  'bits',
  'bits',
  'truncated',
  'fields',
  'fields',
  'fields',
  'fields',
  'spliced',
  'spliced',
];

const flipBits = (bytes: Uint8Array, random: Random): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  const count = 1 + random.integer(random.uniform() < 0.5 ? 1 : 8);
  for (let i = 0; i < count; i++) {
    const at = random.integer(copy.length);
    copy[at] = copy[at]! ^ (1 << random.integer(8));
  }
  return copy;
};

const oddNumbers: readonly bigint[] = [
  0n,
  1n,
  2n,
  7n,
  16n,
  21n,
  255n,
  1n << 20n,
  (1n << 31n) - 1n,
  1n << 40n,
  (1n << 63n) - 1n,
  -1n,
  -2n,
];

const encoder = new TextEncoder();

/** A value in the place of a field's own: of another field of the same kind in the model, or a strange one. */
const changeValue = (field: TreeField, others: readonly TreeField[], random: Random): void => {
  switch (field.kind) {
    case 'varint':
      field.value = random.uniform() < 0.5 ? random.pick(oddNumbers) : field.value + 1n;
      return;
    case 'fixed':
      field.value = flipBits(field.value, random);
      return;
    case 'message':
      field.value.fields = [];
      return;
    case 'bytes': {
      const same = others.filter((one) => one.kind === 'bytes');
      const roll = random.uniform();
      const other = random.pick(same);
      if (roll < 0.6 && other?.kind === 'bytes') field.value = other.value;
      else if (roll < 0.7) field.value = encoder.encode('nowhere');
      else if (roll < 0.8) field.value = new Uint8Array();
      else if (field.value.length > 0) field.value = flipBits(field.value, random);
    }
  }
};

const editFields = (bytes: Uint8Array, random: Random): Uint8Array => {
  const tree = readTree(bytes);
  const count = 1 + random.integer(3);
  for (let i = 0; i < count; i++) {
    const messages = messagesOf(tree).filter(({ fields }) => fields.length > 0);
    const message = random.pick(messages);
    if (message === undefined) break;
    const at = random.integer(message.fields.length);
    const field = message.fields[at]!;
    const others = messages.flatMap(({ fields }) => fields);
    const roll = random.uniform();
    if (roll < 0.5) changeValue(field, others, random);
    else if (roll < 0.65) message.fields.splice(at, 1);
    else if (roll < 0.8) message.fields.splice(random.integer(message.fields.length), 0, field);
    else if (roll < 0.9) message.fields.reverse();
    else field.number = 1 + random.integer(26);
  }
  return writeTree(tree);
};

/** Puts messages of another model into the places of messages of the same type, or adds them there. */
const splice = (bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array => {
  const tree = readTree(bytes);
  const donors = messagesOf(readTree(other));
  const count = 1 + random.integer(2);
  for (let i = 0; i < count; i++) {
    const places = messagesOf(tree).flatMap((parent) =>
      parent.fields.flatMap((field) => (field.kind === 'message' ? [{ parent, field }] : [])),
    );
    const { parent, field } = random.pick(places);
    const donor: Tree | undefined = random.pick(
      donors.filter(({ type }) => type === field.value.type),
    );
    if (donor === undefined) continue;
    if (random.uniform() < 0.6) field.value = donor;
    else parent.fields.push({ number: field.number, kind: 'message', value: donor });
  }
  return writeTree(tree);
};

/** A mutant of a model.
 * @param other - Another model, whose parts may be put in. */
export const mutate = (
  bytes: Uint8Array,
  other: Uint8Array,
  random: Random,
): { readonly mutation: Mutation; readonly bytes: Uint8Array } => {
  const mutation = random.pick(drawn);
  switch (mutation) {
    case 'none':
      return { mutation, bytes };
    case 'bits':
      return { mutation, bytes: flipBits(bytes, random) };
    case 'truncated':
      return { mutation, bytes: bytes.subarray(0, random.integer(bytes.length)) };
    case 'fields':
      return { mutation, bytes: editFields(bytes, random) };
    case 'spliced':
      return { mutation, bytes: splice(bytes, other, random) };
  }
};
