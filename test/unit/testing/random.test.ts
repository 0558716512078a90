// Generated cases and the random numbers they are made of.

import { describe, expect, it } from 'vitest';
import { generatedCases, randomOf } from '../../../src/testing/index.ts';

describe('generated cases', () => {
  const generator = {
    name: 'normal',
    seed: 7,
    count: 3,
    generate: (random: ReturnType<typeof randomOf>) => ({
      inputs: { x: { dims: [2], values: [random.normal(), random.uniform()] } },
    }),
  };

  it('are named by generator, seed and number', () => {
    expect(generatedCases(generator).map(({ name }) => name)).toEqual([
      'normal, seed 7, call 0',
      'normal, seed 7, call 1',
      'normal, seed 7, call 2',
    ]);
  });

  it('are the same for the same seed and others for another', () => {
    expect(generatedCases(generator)).toEqual(generatedCases(generator));
    const inputs = (seed: number) => generatedCases({ ...generator, seed }).map((c) => c.inputs);
    expect(inputs(7)).not.toEqual(inputs(8));
  });

  it('draw from the distributions they name', () => {
    const random = randomOf(1);
    const sample = Array.from({ length: 20_000 }, () => random.normal());
    const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
    const variance = sample.reduce((sum, x) => sum + x * x, 0) / sample.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i++) counts[random.integer(3)]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});
