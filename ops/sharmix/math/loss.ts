// Fenchel-Young loss of SharMiX for one row, with its gradients.

import { checkDistribution } from './distribution.ts';
import {
  addCentred,
  entropiesOf,
  potentialSlopes,
  renyiByQOf,
  sharmaMittalOf,
  type CentredSums,
} from './entropy.ts';
import { writeProbabilities } from './forward.ts';
import { resolveOptions, type SharmixOptions } from './options.ts';
import { logQuotient } from './quotients.ts';
import { isSolvable, readRow, scaledGap } from './row.ts';
import { solve } from './solve.ts';
import type { SharmixGradients } from './vjp.ts';

/** Loss of one row and its gradients. */
export interface SharmixLoss extends SharmixGradients {
  /** >= 0 up to rounding under coupling `exact`; +Infinity where a masked class has target mass. */
  readonly loss: number;
}

const checkTarget = (target: number | ArrayLike<number>, n: number): void => {
  const where = 'sharmixLoss';
  if (typeof target === 'number') {
    if (Number.isInteger(target) && target >= 0 && target < n) return;
    throw new RangeError(`${where}: target must be a class in [0, ${n - 1}], got ${target}.`);
  }
  if (target.length !== n) {
    throw new RangeError(`${where}: target must be as long as z, ${n}, got ${target.length}.`);
  }
  checkDistribution(where, 'target', target);
};

/** Fenchel-Young loss of one row:
 * `L = <p, z>/t + H_{r,q}(p)/q - <y, z>/t - H_{r,q}(y)/q` with `p = sharmix(z, options)`, `dL/dz = (p - y)/t`.
 *
 * Convex in z where SharMiX is concave (r >= 2 - 1/q); 0 exactly where a one-hot target leads every other class by
 * at least t/(q - 1). q = r = 1 is the cross-entropy of softmax.
 *
 * @param z - Logits, as in {@link sharmix}.
 * @param target - A class (0-based), or a distribution as long as z.
 * @param options - As in {@link sharmix}. Under `entmax` the value is the same expression at p = q-entmax(z/t), no
 *   Fenchel-Young loss, and the gradients are a surrogate: dz = (p - y)/t, dq and dr at fixed p.
 * @returns loss, dz, dq, dr (r fixed for dq, q for dr); all NaN where p is NaN.
 * @throws {RangeError} As {@link sharmix}, and a target that is no class of the row and no distribution over it. */
export const sharmixLoss = (
  z: ArrayLike<number>,
  target: number | ArrayLike<number>,
  options: SharmixOptions = {},
): SharmixLoss => {
  const settings = resolveOptions('sharmixLoss', options);
  checkTarget(target, z.length);
  const row = readRow(z, settings);
  const dz = new Float64Array(z.length);
  if (!isSolvable(row)) return { loss: NaN, dz: dz.fill(NaN), dq: NaN, dr: NaN };
  const { q, r, temperature } = settings;
  const { s, max } = row;
  const at = solve(row);
  const k = Math.exp(-at.x);
  writeProbabilities(row, at, dz);

  let meanLog = 0;
  for (let i = 0; i < dz.length; i++) {
    if (dz[i] === 0) continue;
    const w = scaledGap(row, i, k);
    meanLog += dz[i]! * w * logQuotient(s * w);
  }
  const centred: CentredSums = { q: 0, p: 0 };
  for (let i = 0; i < dz.length; i++) {
    if (dz[i] === 0) continue;
    const w = scaledGap(row, i, k);
    addCentred(centred, s, dz[i]!, meanLog - w * logQuotient(s * w));
  }
  let loss = sharmaMittalOf(at.entropy, r) / q - Math.exp(at.x) * at.meanGap;
  let { dq, dr } = potentialSlopes(at.entropy, renyiByQOf(s, centred), q, r);

  if (typeof target === 'number') {
    loss += (max - z[target]!) / temperature;
    dz[target]! -= 1;
  } else {
    for (let i = 0; i < dz.length; i++) {
      if (target[i] === 0) continue;
      loss += (target[i]! * (max - z[i]!)) / temperature;
      dz[i]! -= target[i]!;
    }
    const { renyi, renyiByQ } = entropiesOf(target, q);
    const slopes = potentialSlopes(renyi, renyiByQ, q, r);
    loss -= sharmaMittalOf(renyi, r) / q;
    dq -= slopes.dq;
    dr -= slopes.dr;
  }
  for (let i = 0; i < dz.length; i++) dz[i]! /= temperature;
  return { loss, dz, dq, dr };
};
