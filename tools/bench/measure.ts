// Times a case against its peers: tinybench underneath, tasks interleaved in rounds, ratios taken round by round.

import { Bench } from 'tinybench';

/** What is timed. The first contender of a case is ours, the second the peer the ratio is against. */
export interface Contender {
  readonly name: string;
  readonly run: () => void | Promise<unknown>;
}

/** Median and spread of one contender. */
export interface Timing {
  readonly name: string;
  /** Milliseconds a call, or the case's own unit: the median of the rounds' medians. */
  readonly median: number;
  /** Against the peer: median of the rounds' ratios, and their quartiles. */
  readonly ratio: number;
  readonly ratioQuartiles: readonly [number, number];
}

/** Quantile of sorted numbers, by linear interpolation. */
const quantile = (sorted: readonly number[], at: number): number => {
  const position = (sorted.length - 1) * at;
  const low = sorted[Math.floor(position)] ?? NaN;
  const high = sorted[Math.ceil(position)] ?? NaN;
  return low + (high - low) * (position - Math.floor(position));
};

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  /** Milliseconds a contender in a round. */
  readonly timeMs: number;
}

const medianOfRound = async (
  contender: Contender,
  timeMs: number,
  warm: boolean,
): Promise<number> => {
  const bench = new Bench({ time: timeMs, iterations: 3, warmup: !warm, warmupTime: timeMs });
  bench.add(contender.name, contender.run);
  const [task] = await bench.run();
  const result = task?.result;
  if (result === undefined || !('latency' in result)) {
    const cause = result !== undefined && 'error' in result ? result.error : undefined;
    throw new Error(`bench: ${contender.name} did not run`, { cause });
  }
  return result.latency.p50;
};

/** Medians and ratios of contenders of which each round gave one time; the ratios are taken against the second, round by round.
 * @param rounds - What was measured, a list for each contender. */
export const summarise = (
  names: readonly string[],
  rounds: readonly (readonly number[])[],
): readonly Timing[] => {
  const peer = rounds[1] ?? [];
  return names.map((name, i) => {
    const own = rounds[i] ?? [];
    const ratios = sorted(own.map((ms, round) => ms / (peer[round] ?? NaN)));
    return {
      name,
      median: quantile(sorted(own), 0.5),
      ratio: quantile(ratios, 0.5),
      ratioQuartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    };
  });
};

/** Measures the contenders in turn, round after round.
 * @returns Milliseconds of each round, a list for each contender. */
export const measureRounds = async (
  contenders: readonly Contender[],
  effort: Effort,
): Promise<readonly (readonly number[])[]> => {
  const medians = contenders.map((): number[] => []);
  for (let round = 0; round < effort.rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      medians[i]?.push(await medianOfRound(contender, effort.timeMs, round > 0));
    }
  }
  return medians;
};

/** Medians and ratios of contenders measured in turn, round after round. */
export const measure = async (
  contenders: readonly Contender[],
  effort: Effort,
): Promise<readonly Timing[]> =>
  summarise(
    contenders.map(({ name }) => name),
    await measureRounds(contenders, effort),
  );
