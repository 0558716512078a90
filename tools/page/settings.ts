// The settings of the normaliser that the page moves: indices and temperature, and the named points of the square.

/** Where the sliders stand. */
export interface Settings {
  /** In [1, 2]. */
  readonly q: number;
  /** In [1, 2] on this page. */
  readonly r: number;
  /** Divides the logits; in [0.1, 10] on this page. */
  readonly temperature: number;
}

/** A named point of the square. */
export interface NamedPoint {
  readonly name: string;
  readonly q: number;
  readonly r: number;
}

/** The points with names of their own. */
export const namedPoints: readonly NamedPoint[] = [
  { name: 'softmax', q: 1, r: 1 },
  { name: 'entmax 1.5', q: 1.5, r: 1.5 },
  { name: 'sparsemax', q: 2, r: 2 },
];

/** Least index of the page. */
export const minIndex = 1;
/** Largest index of the page. */
export const maxIndex = 2;

/** A number brought into the page's range of an index. */
export const withinIndex = (value: number): number => Math.min(maxIndex, Math.max(minIndex, value));

/** The normmax curve: r = 2 - 1/q. Below it the objective is not concave. */
export const normmaxR = (q: number): number => 2 - 1 / q;

/** `1.35` */
export const formatIndex = (value: number): string => value.toFixed(2);

/** A probability for a person. An exact zero is said to be one. */
export const formatProbability = (p: number): string => {
  if (Number.isNaN(p)) return 'not a number';
  if (p === 0) return '0 exactly';
  if (p < 0.0005) return '< 0.1 %';
  if (p < 1 && p > 0.9995) return '> 99.9 %';
  return `${(100 * p).toFixed(1)} %`;
};

/** `3.2 ms` */
export const formatTime = (ms: number): string => `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
