// A stratified split into training and validation rows, made once from the seed, duplicates kept on one side.

import { Random } from './random.ts';

/** Row numbers of both sides, ascending. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/** What is split. */
export interface SplitOptions {
  /** Class of each row. */
  readonly labels: ArrayLike<number>;
  /** Rows of equal key are duplicates and stay together. */
  readonly keys: readonly (string | number)[];
  /** Share of each class for validation, in [0, 1). */
  readonly fraction: number;
  readonly seed: number;
}

/** Groups of duplicates by the class of their first row, in order of appearance. */
const groupsByClass = (
  labels: ArrayLike<number>,
  keys: readonly (string | number)[],
): Map<number, number[][]> => {
  const groups = new Map<string | number, number[]>();
  const classes = new Map<number, number[][]>();
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row]!;
    const known = groups.get(key);
    if (known !== undefined) {
      known.push(row);
      continue;
    }
    const group = [row];
    groups.set(key, group);
    const label = labels[row]!;
    const ofClass = classes.get(label);
    if (ofClass === undefined) classes.set(label, [group]);
    else ofClass.push(group);
  }
  return classes;
};

/** Splits so that each class has about `fraction` of its rows in validation (at least one where it has two groups of
 * duplicates, never all of them), and no key is on both sides. Same arguments, same split.
 * @throws {RangeError} The fraction is outside [0, 1). */
export const stratifiedSplit = ({ labels, keys, fraction, seed }: SplitOptions): Split => {
  if (!(fraction >= 0 && fraction < 1)) {
    throw new RangeError(`stratifiedSplit: fraction must be in [0, 1), got ${fraction}.`);
  }
  const random = new Random(seed);
  const held = new Uint8Array(keys.length);
  const classes = [...groupsByClass(labels, keys)].sort(([a], [b]) => a - b);
  for (const [, groups] of fraction === 0 ? [] : classes) {
    random.shuffle(groups);
    const size = groups.reduce((sum, group) => sum + group.length, 0);
    let wanted = Math.max(1, Math.round(fraction * size));
    for (const group of groups.slice(1)) {
      if (group.length > wanted) continue;
      wanted -= group.length;
      for (const row of group) held[row] = 1;
    }
  }
  const rows = Int32Array.from(keys.keys());
  return {
    train: rows.filter((row) => held[row] === 0),
    validation: rows.filter((row) => held[row] === 1),
  };
};
