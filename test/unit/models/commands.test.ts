// `sharmix train` and `sharmix classify`, in the process: what they print, write and refuse, and the interrupt.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadRun } from '../../../models/text-classifier/run.ts';
import { exportModel } from '../../../ops/export.ts';
import { writeMetadata } from '../../../src/text/index.ts';
import { loadBackend } from '../../../src/train/index.ts';
import { registerClassify } from '../../../tools/cli/classify.ts';
import { registerTrain } from '../../../tools/cli/train.ts';
import { weightsOf } from '../train/small-model.ts';
import { smallTexts } from './small-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'sharmix-commands-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly error: Error | undefined;
}

/** Runs a command line with the standard streams captured. */
const command = async (...args: string[]): Promise<Outcome> => {
  const written = { out: '', err: '' };
  const capture = (stream: NodeJS.WriteStream, name: 'out' | 'err') =>
    vi.spyOn(stream, 'write').mockImplementation((text, ...rest: unknown[]) => {
      written[name] += String(text);
      const done = rest.at(-1);
      if (typeof done === 'function') (done as () => void)();
      return true;
    });
  const spies = [capture(process.stdout, 'out'), capture(process.stderr, 'err')];
  const program = new Command('sharmix').exitOverride();
  registerTrain(program);
  registerClassify(program);
  const all = (parent: Command): Command[] => [parent, ...parent.commands.flatMap(all)];
  for (const one of all(program)) one.exitOverride();
  let error: Error | undefined;
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    error = thrown as Error;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { ...written, error };
};

const csv = at('data.csv');
const train = (...args: string[]): Promise<Outcome> => command('train', 'text-classifier', ...args);
const onFile = ['--file', csv, '--text', 'body'];
const onEntmax = ['--normaliser', 'entmax', '--q', '1.25', '--epochs', '1'];
const onData = ['--data', csv, '--text', 'body', '--label', 'kind'];

beforeAll(async () => {
  await loadBackend({ log: () => {} });
  const { texts, labels } = smallTexts();
  const rows = texts.map((text, i) => `${i},"${text}",${labels[i]}`);
  writeFileSync(csv, ['id,body,kind', ...rows, ''].join('\n'));
});

describe('sharmix train text-classifier', () => {
  it('writes a run and prints its metrics, the progress to the error stream', async () => {
    const { out, err, error } = await train(
      ...onData,
      '--epochs',
      '3',
      '--seed',
      '2',
      '--out',
      at('run'),
    );
    expect(error).toBeUndefined();
    expect(err).toMatch(/240 texts of .*data\.csv/);
    expect(err).toMatch(
      /epoch 3\/3 \[#{20}\] loss .* accuracy .* macro-F1 .* q 1\.5.. {2}r 1\.5../,
    );
    expect(out).toMatch(/^train .*accuracy .*%.*\nvalidation .*\ntest .*zeros/);
    expect(out).toMatch(/Next: sharmix export .*run --out model\.onnx/);
    const { config, labels } = await loadRun(at('run'));
    expect(labels).toEqual(['bad', 'good', 'plain']);
    expect(config).toMatchObject({ normaliser: 'sharmix', epochs: 3, seed: 2 });
  });

  it('prints JSON where a program reads', async () => {
    const { out } = await train(...onData, ...onEntmax, '--json', '--out', at('json'));
    const result = JSON.parse(out) as Record<string, unknown>;
    expect(result).toMatchObject({
      run: at('json'),
      labels: ['bad', 'good', 'plain'],
      config: { normaliser: 'entmax', q: 1.25 },
      vocabulary: { length: 20 },
      metrics: { q: 1.25, r: 1.25, epochs: 1 },
    });
  });

  it('keeps the checkpoint on Ctrl-C and goes on from it, options known, to the same weights', async () => {
    const options = [...onData, '--epochs', '6', '--seed', '7'];
    const whole = await train(...options, '--out', at('whole'));
    expect(whole.error).toBeUndefined();
    const interrupt = setInterval(() => {
      if (existsSync(join(at('cut'), 'checkpoint'))) process.emit('SIGINT', 'SIGINT');
    }, 1);
    const cut = await train(...options, '--out', at('cut'));
    clearInterval(interrupt);
    expect(cut.error?.name).toBe('AbortError');
    expect(cut.error?.message).toMatch(
      /interrupted; the epochs .* are kept in .*cut\. Go on with: sharmix train text-classifier --out .*cut --resume/,
    );
    expect(existsSync(join(at('cut'), 'run.json'))).toBe(false);
    expect(process.listenerCount('SIGINT')).toBe(0);
    const resumed = await train('--out', at('cut'), '--resume');
    expect(resumed.error).toBeUndefined();
    const [one, other] = [await loadRun(at('whole')), await loadRun(at('cut'))];
    expect(weightsOf(other.model)).toEqual(weightsOf(one.model));
    expect(other.metrics).toEqual(one.metrics);
  });

  it('goes on with more epochs, and with no other option changed', async () => {
    await train(...onData, '--epochs', '1', '--out', at('more'));
    const more = await train('--out', at('more'), '--resume', '--epochs', '2');
    expect(more.error).toBeUndefined();
    expect((await loadRun(at('more'))).metrics.epochs).toBe(2);
    const other = await train('--out', at('more'), '--resume', '--seed', '3');
    expect(other.error?.name).toBe('UsageError');
    expect(other.error?.message).toMatch(/--seed of the run in .*more is left out/);
  });

  it('refuses an output folder that exists, and leaves it as it is', async () => {
    const before = readFileSync(join(at('run'), 'run.json'), 'utf8');
    const { error } = await train(...onData, '--out', at('run'));
    expect(error?.message).toMatch(/run: the output folder must not exist yet\. Hint: .*--resume/);
    expect(readFileSync(join(at('run'), 'run.json'), 'utf8')).toBe(before);
  });

  it('refuses to resume what was never started', async () => {
    const { error } = await train('--out', at('nothing'), '--resume');
    expect(error?.message).toMatch(
      /must be a run that was started, to be resumed, got no such folder/,
    );
    expect(existsSync(at('nothing'))).toBe(false);
  });

  it.each([
    [['--data', 'x.csv'], /--data FILE needs --text COLUMN and --label COLUMN/],
    [['--text', 'a'], /--text and --label name columns of --data FILE/],
    [[...onData, '--q', '2.5'], /q must be in \[1\.01, 2\] for sharmix, got 2\.5/],
    [[...onData, '--normaliser', 'softmax', '--q', '1.5'], /q must be left out for softmax/],
    [[...onData, '--epochs', '0'], /epochs must be an integer >= 1, got 0/],
  ])('takes %j for wrong use, before anything is written', async (args, message) => {
    const { error } = await train(...args, '--out', at('wrong'));
    expect(error?.name).toBe('UsageError');
    expect(error?.message).toMatch(message);
    expect(existsSync(at('wrong'))).toBe(false);
  });

  it.each([
    [['--normaliser', 'relu'], /Allowed choices are softmax, sparsemax, entmax, normmax, sharmix/],
    [['--q', 'two'], /It must be a number/],
    [['--q', ''], /It must be a number/],
    [['--frob'], /unknown option '--frob'/],
  ])('has commander refuse %j', async (args, message) => {
    const { error } = await train(...onData, ...args, '--out', at('wrong'));
    expect(error?.constructor.name).toMatch(/^(?:CommanderError|InvalidArgumentError)$/);
    expect(error?.message).toMatch(message);
  });

  it('names what is wrong with the data and writes no folder', async () => {
    const columns = ['--text', 'text', '--label', 'kind', '--out', at('wrong')];
    const unknown = await train('--data', csv, ...columns);
    expect(unknown.error?.message).toMatch(
      /column "text" must be .*the columns are "id", "body", "kind"/,
    );
    const missing = await train('--data', at('none.csv'), ...columns);
    expect(missing.error?.message).toMatch(
      /none\.csv: the file must be one that can be read, got no such file/,
    );
    expect(existsSync(at('wrong'))).toBe(false);
  });
});

describe('sharmix classify', () => {
  const model = at('model.onnx');
  beforeAll(async () => {
    await train(...onData, '--epochs', '8', '--out', at('trained'));
    const run = await loadRun(at('trained'));
    const { labels, tokenizer, seed } = run;
    const { bytes } = await exportModel(run.model, {
      outputs: ['probabilities', 'logits'],
      metadata: writeMetadata({ labels, tokenizer, seed, metrics: {}, version: '0.1.0' }),
      verify: false,
    });
    writeFileSync(model, bytes);
  });

  it('gives a line a text: label, probabilities, text', async () => {
    const { out, error } = await command('classify', model, 'great friendly', 'lost\nand rude');
    expect(error).toBeUndefined();
    expect(out.split('\n')).toHaveLength(3);
    expect(out).toMatch(
      /^good\tbad [\d.]+ {2}good [\d.]+ {2}plain [\d.]+\tgreat friendly\nbad\t.*\tlost and rude\n$/,
    );
  });

  it.each(['custom-ops', 'stock'])(
    'streams a CSV column on %s, JSON lines with the line of the row',
    async (provider) => {
      const { out, err, error } = await command(
        'classify',
        model,
        ...onFile,
        '--provider',
        provider,
        '--json',
      );
      expect(error).toBeUndefined();
      expect(err).toBe('240 texts classified\n');
      const rows = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const { texts, labels } = smallTexts();
      expect(rows.map(({ text }) => text)).toEqual(texts);
      expect(rows.map(({ line }) => line)).toEqual(texts.map((_, i) => i + 2));
      const right = rows.filter(({ label }, i) => label === labels[i]).length;
      expect(right / rows.length).toBeGreaterThan(0.9);
      for (const { probabilities } of rows) {
        const sum = Object.values(probabilities as Record<string, number>).reduce((a, b) => a + b);
        expect(sum).toBeCloseTo(1, 5);
      }
    },
  );

  it.each([
    [[], /give texts, or --file FILE --text COLUMN/],
    [['a', '--file', csv, '--text', 'body'], /give texts or --file, not both/],
    [['--file', csv], /go together/],
    [['a', '--text', 'body'], /go together/],
  ])('takes %j for wrong use', async (args, message) => {
    const { error } = await command('classify', model, ...args);
    expect(error?.name).toBe('UsageError');
    expect(error?.message).toMatch(message);
  });

  it('names a model that is missing or none, and a column that is not there', async () => {
    expect((await command('classify', at('none.onnx'), 'a')).error?.message).toMatch(
      /none\.onnx: the model must be/,
    );
    expect((await command('classify', csv, 'a')).error?.message).toMatch(
      /data\.csv: the file must be a(?: whole|n) ONNX model/,
    );
    const { error } = await command('classify', model, '--file', csv, '--text', 'title');
    expect(error?.message).toMatch(/column "title" must be one of the file/);
  });
});
