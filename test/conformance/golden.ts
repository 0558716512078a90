// The golden vectors as cases, by operator folder: every form runs them beside the operator's own cases.

import { maxQ } from '../../ops/sharmix/schema.ts';
import type { OpCase } from '../../src/testing/index.ts';

declare global {
  interface ImportMeta {
    /** Vite's glob: modules by path, loaded at once. Arguments must be literals. */
    glob<T>(pattern: string, options: { eager: true; import: string }): Record<string, T>;
  }
}

interface SharmixVector {
  readonly z: readonly number[];
  readonly q: number;
  readonly r: number;
  readonly temperature: number;
  readonly p: readonly number[];
}

const files = import.meta.glob<readonly SharmixVector[]>('../golden/sharmix*.json', {
  eager: true,
  import: 'cases',
});

const sharmixCases = Object.entries(files).flatMap(([path, vectors]) =>
  vectors.map(({ z, q, r, temperature, p }, i): OpCase => {
    const scalar = (value: number) => ({ dims: [], values: [value] });
    return {
      name: `${path.replace(/^.*\/|\.json$/g, '')} ${i}`,
      inputs: { logits: { dims: [z.length], values: z }, q: scalar(q), r: scalar(r) },
      attributes: { temperature },
      // One vector is for the reference alone, which takes q to 4.
      isOutOfDomain: q > maxQ,
      expected: { probabilities: { dims: [p.length], values: p } },
    };
  }),
);

/** Golden cases by operator folder. */
export const goldenCases: Readonly<Record<string, readonly OpCase[]>> = { sharmix: sharmixCases };
