// The option `pool` of the provider's entry: what a user may write, checked, with its defaults.

import { RuntimeError } from '../../core/errors.ts';

/** Limits of the V8 engine of a worker, in mebibytes. A worker that exceeds one ends: its run rejects, and it is replaced. */
export interface PoolResourceLimits {
  /** Limit of the JavaScript heap. Typed arrays and onnxruntime's own memory lie outside it. */
  readonly maxOldGenerationSizeMb?: number;
  /** Limit of the space for recent objects. Threads only. */
  readonly maxYoungGenerationSizeMb?: number;
  /** Memory for generated code. Threads only. */
  readonly codeRangeSizeMb?: number;
  /** Stack of the thread. Threads only. */
  readonly stackSizeMb?: number;
}

/** A pool of workers that run a model off the event loop of the program. */
export interface PoolOptions {
  /** Number of workers, >= 1, each with the model loaded. Default: the number of cores, at most 4. */
  readonly size?: number;
  /** Number of runs, >= 0, that may wait for a worker; one more rejects. Default: 1024. */
  readonly maxQueue?: number;
  /** `thread` (the default): worker threads, results without a copy. `process`: child processes, which survive crashes of native
   * code; feeds and results are copied between processes. */
  readonly isolation?: 'thread' | 'process';
  /** Limits of each worker. Default: V8's. */
  readonly resourceLimits?: PoolResourceLimits;
}

/** The options of a pool, complete. */
export type PoolSettings = Required<PoolOptions>;

const refuse = (what: string, rule: string, actual: unknown, hint?: string): never => {
  throw new RuntimeError({
    where: 'InferenceSession.create',
    what: `the option ${what} of the provider custom-ops`,
    rule,
    actual: actual === undefined ? 'undefined' : (JSON.stringify(actual) ?? typeof actual),
    ...(hint === undefined ? {} : { hint }),
  });
};

const limitNames: ReadonlySet<string> = new Set<keyof PoolResourceLimits>([
  'maxOldGenerationSizeMb',
  'maxYoungGenerationSizeMb',
  'codeRangeSizeMb',
  'stackSizeMb',
]);

const checkKeys = (what: string, value: object, known: ReadonlySet<string>): void => {
  for (const key of Object.keys(value)) {
    if (!known.has(key)) refuse(`${what}.${key}`, 'is unknown', key, [...known].join(', '));
  }
};

const integer = (what: string, value: unknown, least: number): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= least
    ? value
    : refuse(what, `must be an integer >= ${least}`, value);

const checkedLimits = (limits: unknown, isolation: string): PoolResourceLimits => {
  if (typeof limits !== 'object' || limits === null) {
    return refuse('pool.resourceLimits', 'must be an object', limits);
  }
  checkKeys('pool.resourceLimits', limits, limitNames);
  for (const [name, value] of Object.entries(limits)) {
    const what = `pool.resourceLimits.${name}`;
    if (!(typeof value === 'number' && value > 0)) refuse(what, 'must be a number > 0', value);
    if (isolation === 'process' && name !== 'maxOldGenerationSizeMb') {
      refuse(
        what,
        "is for isolation 'thread' only",
        value,
        'processes take maxOldGenerationSizeMb',
      );
    }
  }
  return limits;
};

const optionNames: ReadonlySet<string> = new Set<keyof PoolOptions>([
  'size',
  'maxQueue',
  'isolation',
  'resourceLimits',
]);

/** A pool's options, checked and completed.
 * @param cores - Number of cores of the machine.
 * @throws {RuntimeError} An option is unknown or out of its range. */
export const poolSettings = (pool: unknown, cores: number): PoolSettings => {
  if (pool !== true && (typeof pool !== 'object' || pool === null)) {
    return refuse('pool', 'must be true, false or an object', pool, '{ pool: { size: 4 } }');
  }
  const options: Record<string, unknown> = pool === true ? {} : { ...pool };
  checkKeys('pool', options, optionNames);
  const { size, maxQueue, isolation = 'thread', resourceLimits = {} } = options;
  if (isolation !== 'thread' && isolation !== 'process') {
    return refuse('pool.isolation', "must be 'thread' or 'process'", isolation);
  }
  return {
    size: size === undefined ? Math.min(cores, 4) : integer('pool.size', size, 1),
    maxQueue: maxQueue === undefined ? 1024 : integer('pool.maxQueue', maxQueue, 0),
    isolation,
    resourceLimits: checkedLimits(resourceLimits, isolation),
  };
};
