// `node dist/tools/bench/soak.js`: memory over thousands of sessions that are created, run and released, plain onnxruntime-node beside
// sessions with custom operators; with `--rounds`, over rounds of 10,000 runs at once on one session. Each kind in a process of its own.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-node';
import { sharmix } from '../../ops/index.ts';
import { ModelBuilder } from '../../src/onnx/index.ts';
import { install } from '../../src/runtime/index.ts';

/** Resident memory at two cycles, and what it grew by between them. */
interface Figure {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly fromMb: number;
  readonly toMb: number;
  /** Relative to `fromMb`. */
  readonly growth: number;
}

const kinds = {
  plain: { name: 'plain onnxruntime-node', options: {}, share: 1 },
  custom: { name: 'custom operators', options: { executionProviders: ['custom-ops'] }, share: 1 },
  pool: {
    name: 'pool of one thread',
    // A thread starts anew in each cycle: fewer cycles tell as much.
    options: { executionProviders: [{ name: 'custom-ops', pool: { size: 1, maxQueue: 10_000 } }] },
    share: 0.05,
  },
} as const satisfies Record<
  string,
  { name: string; options: ort.InferenceSession.SessionOptions; share: number }
>;
type Kind = keyof typeof kinds;
const isKind = (name: string): name is Kind => Object.hasOwn(kinds, name);

/** x [N, 8] -> MatMul -> Relu -> SharMiX, with its function body: plain onnxruntime runs it too. */
const model = (): Uint8Array => {
  const builder = new ModelBuilder();
  const x = builder.input('x', 'float32', ['N', 8]);
  const data = Float32Array.from({ length: 64 }, (_, i) => (i % 9) / 9);
  const w = builder.initializer('w', { dtype: 'float32', dims: [8, 8], data });
  const { probabilities } = builder.customOp(
    sharmix,
    { logits: builder.op('Relu', [builder.op('MatMul', [x, w])]) },
    {},
    { types: { T: 'float32' } },
  );
  builder.output(probabilities!, 'y', 'float32', ['N', 8]);
  return builder.build();
};

const feeds = () => ({ x: new ort.Tensor('float32', new Float32Array(8).fill(1), [1, 8]) });

const create = (bytes: Uint8Array, kind: Kind): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, ...kinds[kind].options });

const memoryMb = async (): Promise<number> => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage.rss() / 2 ** 20;
};

/** One kind: `cycle` again and again, memory at `from` and at `to`. */
const watch = async (
  name: string,
  from: number,
  to: number,
  cycle: () => Promise<void>,
): Promise<Figure> => {
  let fromMb = NaN;
  for (let i = 1; i <= to; i++) {
    await cycle();
    if (i === from) fromMb = await memoryMb();
  }
  const toMb = await memoryMb();
  return { name, from, to, fromMb, toMb, growth: toMb / fromMb - 1 };
};

const sessions = (kind: Kind, from: number, to: number): Promise<Figure> => {
  const bytes = model();
  const { name, share } = kinds[kind];
  return watch(name, Math.round(from * share), Math.round(to * share), async () => {
    const session = await create(bytes, kind);
    await session.run(feeds());
    await session.release();
  });
};

const rounds = async (kind: Kind, from: number, to: number): Promise<Figure> => {
  const session = await create(model(), kind);
  const figure = await watch(kinds[kind].name, from, to, async () => {
    await Promise.all(Array.from({ length: 10_000 }, () => session.run(feeds())));
  });
  await session.release();
  return figure;
};

/** Runs one kind in a process of its own, with a garbage collector that can be called. */
const inProcess = (kind: Kind, args: readonly string[]): Figure => {
  const file = fileURLToPath(import.meta.url);
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--expose-gc', file, '--kind', kind, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`soak: ${kinds[kind].name} ended with exit code ${status}`);
  return JSON.parse(stdout) as Figure;
};

const format = ({ name, from, to, fromMb, toMb, growth }: Figure, unit: string): string =>
  `${name.padEnd(24)} ${unit} ${from}: ${fromMb.toFixed(1)} MB, ${unit} ${to}: ${toMb.toFixed(1)} MB, ${(100 * growth).toFixed(1)}%`;

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    rounds: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    kind: { type: 'string' },
  },
});
const { kind, json } = values;
const [from, to] = [
  values.from ?? (values.rounds ? 3 : 2000),
  values.to ?? (values.rounds ? 8 : 10_000),
].map(Number) as [number, number];

if (kind !== undefined && isKind(kind)) {
  install(ort, { ops: [sharmix], modules: [new URL('../../ops/index.js', import.meta.url)] });
  const figure = await (values.rounds ? rounds : sessions)(kind, from, to);
  process.stdout.write(JSON.stringify(figure));
} else {
  const args = [...(values.rounds ? ['--rounds'] : []), '--from', String(from), '--to', String(to)];
  const compared: readonly Kind[] = values.rounds
    ? ['custom', 'pool']
    : ['plain', 'custom', 'pool'];
  const figures = compared.map((one) => inProcess(one, args));
  const unit = values.rounds ? 'round' : 'cycle';
  const lines = figures.map((figure) => format(figure, unit));
  process.stdout.write(json ? JSON.stringify(figures) : `${lines.join('\n')}\n`);
}
