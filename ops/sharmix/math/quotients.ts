// Quotients that are 0/0 at zero, in forms that are exact there: what q -> 1, r -> 1 and r -> q lead to.

/** `-ln(1 - v) / v`, 1 at v = 0. For 0 <= v < 1. */
export const logQuotient = (v: number): number => (v === 0 ? 1 : -Math.log1p(-v) / v);

/** `(exp(y) - 1) / y`, 1 at y = 0. */
export const expQuotient = (y: number): number => (y === 0 ? 1 : Math.expm1(y) / y);

/** `(exp(y) - 1 - y) / y^2`, 1/2 at y = 0. */
export const expQuotient2 = (y: number): number => {
  if (Math.abs(y) > 0.3) return (Math.expm1(y) - y) / (y * y);
  let sum = 1;
  for (let k = 14; k > 2; k--) sum = 1 + (sum * y) / k;
  return sum / 2;
};

/** Derivative of {@link expQuotient}: `(y exp(y) - exp(y) + 1) / y^2`, 1/2 at y = 0. */
export const expQuotientSlope = (y: number): number => {
  if (Math.abs(y) > 0.3) return (y * Math.exp(y) - Math.expm1(y)) / (y * y);
  let sum = 0;
  for (let k = 13; k >= 0; k--) sum = 1 / (k + 2) + (sum * y) / (k + 1);
  return sum;
};

/** `(v/(1 - v) + ln(1 - v)) / v^2`, 1/2 at v = 0. For 0 <= v < 1. */
export const logQuotient2 = (v: number): number => {
  if (v > 0.1) return (v / (1 - v) + Math.log1p(-v)) / (v * v);
  let sum = 0;
  for (let k = 16; k >= 1; k--) sum = k / (k + 1) + sum * v;
  return sum;
};
