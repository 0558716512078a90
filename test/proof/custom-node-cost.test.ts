// The bench's target for custom nodes holds: at most 15 microseconds a node at batch 1, in chains too.

import { describe, expect, it } from 'vitest';
import { customNode } from '../../tools/bench/cases/custom-node.ts';

describe('a custom node at batch 1', () => {
  it('costs at most 15 microseconds more than a standard one, last, between, and ten times', async () => {
    const cases = await customNode({ rounds: 5, timeMs: 60 });
    const costs = cases.map(({ name, timings: [cost] }) => {
      const microseconds = cost!.median * 1000;
      console.log(`${name}: ${microseconds.toFixed(2)} µs`);
      return { name, microseconds };
    });
    expect(costs).toHaveLength(4);
    expect(costs.filter(({ microseconds }) => !(microseconds <= 15))).toEqual([]);
  });
});
