// A worker of a pool: the file that a thread or a process starts with. It has one session and runs one job at a time.

import { parentPort } from 'node:worker_threads';
import { RuntimeError } from '../../core/errors.ts';
import { install } from '../install.ts';
import { loadOrtNode } from '../ort-node.ts';
import type { OrtModule } from '../ort-types.ts';
import { sessionInfo } from '../session.ts';
import { checkOperators, operatorsOf } from './modules.ts';
import { packResults, unpackFeeds } from './packing.ts';
import type { FromWorker, ToWorker, WorkerSpec } from './protocol.ts';
import { encodeThrown } from './wire-errors.ts';

type Session = Awaited<ReturnType<OrtModule['InferenceSession']['create']>>;

interface State {
  readonly ort: OrtModule;
  readonly session: Session;
}

const port = parentPort;
const transfers = port !== null;

const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void => {
  if (port !== null) port.postMessage(message, [...transfer]);
  else process.send!(message);
};

const checkVersion = (ort: OrtModule, version: string): void => {
  const { node } = ort.env.versions;
  if (node === version) return;
  throw new RuntimeError({
    where: 'InferenceSession.create',
    what: 'onnxruntime-node in the workers of the pool',
    rule: `must be the program's, ${version}`,
    actual: String(node),
    hint: 'two versions are installed: `npm ls onnxruntime-node` shows where',
  });
};

const create = async (spec: WorkerSpec): Promise<State> => {
  const { model, options, modules, version, hasFloat16Array } = spec;
  if (!hasFloat16Array) Reflect.deleteProperty(globalThis, 'Float16Array');
  const ort = await loadOrtNode();
  checkVersion(ort, version);
  const ops = await operatorsOf(modules);
  await checkOperators(spec, ops);
  install(ort, { ops });
  const session =
    typeof model === 'string'
      ? await ort.InferenceSession.create(model, options)
      : await ort.InferenceSession.create(model, options);
  return { ort, session };
};

let state: State | undefined;
let controller = new AbortController();

const runJob = async (
  { ort, session }: State,
  { feeds, fetches, options }: Extract<ToWorker, { readonly kind: 'run' }>,
): Promise<void> => {
  const { bytes } = feeds;
  const back = transfers ? bytes : undefined;
  controller = new AbortController();
  const before = sessionInfo(session).readbacks;
  const { signal } = controller;
  const made = await session.run(unpackFeeds(ort, feeds), fetches, { ...options, signal });
  const { results, transfer } = packResults(made, bytes.buffer);
  const readbacks = sessionInfo(session).readbacks - before;
  post(
    { kind: 'done', results, readbacks, bytes: back },
    back === undefined ? transfer : [...transfer, back.buffer],
  );
};

const receive = async (message: ToWorker): Promise<void> => {
  switch (message.kind) {
    case 'create':
      try {
        state = await create(message.spec);
        const { inputMetadata, outputMetadata } = state.session;
        const info = sessionInfo(state.session);
        post({ kind: 'ready', ready: { inputs: inputMetadata, outputs: outputMetadata, info } });
      } catch (error) {
        post({ kind: 'failed', error: encodeThrown(error) });
      }
      return;
    case 'run':
      try {
        await runJob(state!, message);
      } catch (error) {
        const bytes = transfers ? message.feeds.bytes : undefined;
        const transfer = bytes === undefined ? [] : [bytes.buffer];
        post({ kind: 'rejected', error: encodeThrown(error), bytes }, transfer);
      }
      return;
    case 'abort':
      controller.abort();
      return;
    case 'startProfiling':
    case 'endProfiling':
      state?.session[message.kind]();
      return;
    case 'close':
      await created;
      await state?.session.release();
      post({ kind: 'closed' });
  }
};

let created: Promise<void> = Promise.resolve();
const onMessage = (message: ToWorker): void => {
  const done = receive(message);
  if (message.kind === 'create') created = done;
};

if (port !== null) port.on('message', onMessage);
else {
  process.on('message', (message) => onMessage(message as ToWorker));
  // The program has gone.
  process.on('disconnect', () => process.exit());
}
