// The page: loads the model beside it, classifies what is typed, and moves the normaliser on the logits of the last text.

import * as ort from 'onnxruntime-web/webgpu';
import { textTokens } from '../../ops/text-tokens/operator.ts';
import { install, sessionInfo } from '../../src/runtime/index.ts';
import { messageOf } from '../../src/schema/index.ts';
import { loadClassifier, type TextClassifier } from '../../src/text/classifier.ts';
import { createBars } from './bars.ts';
import { createControls } from './controls.ts';
import { element } from './dom.ts';
import { gpuHead, jsHead, type Head } from './head.ts';
import { latest } from './latest.ts';
import { sharmix } from './operator.ts';
import { formatTime } from './settings.ts';
import { readHead, type TrainedHead } from './trained-head.ts';

const show = (id: string, text: string): void => {
  element(id, HTMLElement as unknown as new () => HTMLElement).textContent = text;
};

const showError = (error: unknown): void => {
  const paragraph = element('error', HTMLParagraphElement);
  paragraph.textContent = messageOf(error);
  paragraph.hidden = false;
};

const fetchModel = async (): Promise<Uint8Array> => {
  const response = await fetch('model.onnx');
  if (!response.ok) {
    throw new Error(`model.onnx cannot be loaded: HTTP ${response.status} ${response.statusText}.`);
  }
  return new Uint8Array(await response.arrayBuffer());
};

/** Whether there is an adapter: a browser may have the interface and nothing behind it. */
const hasWebGpu = async (): Promise<boolean> =>
  'gpu' in navigator && (await navigator.gpu.requestAdapter()) !== null;

const createHead = async (
  classifier: TextClassifier,
  { coupling }: TrainedHead,
): Promise<{ readonly head: Head; readonly provider: string }> => {
  const { providers } = sessionInfo(classifier.session);
  if (providers[0] !== 'webgpu') {
    return { head: jsHead(coupling), provider: 'WebAssembly, SharMiX in JavaScript' };
  }
  const device = await ort.env.webgpu.device;
  return { head: gpuHead(device, coupling), provider: 'WebGPU, SharMiX in WGSL' };
};

/** Runs a task and shows how long it took. */
const timed = async <T>(id: string, task: () => Promise<T>): Promise<T> => {
  const start = performance.now();
  const result = await task();
  show(id, formatTime(performance.now() - start));
  return result;
};

const start = async (): Promise<void> => {
  // Small models gain nothing from threads, and threads would ask the server for isolation headers.
  ort.env.wasm.numThreads = 1;
  install(ort, { ops: [sharmix, textTokens] });
  const bytes = await fetchModel();
  const trained = readHead(bytes);
  const inner = (await hasWebGpu()) ? ['webgpu', 'wasm'] : ['wasm'];
  const classifier = await loadClassifier(ort, bytes, { inner });
  const { head, provider } = await createHead(classifier, trained);
  show('provider', provider);
  const showBars = createBars(classifier.labels);
  const text = element('text', HTMLTextAreaElement);
  let logits: readonly number[] | undefined;
  let classified: string | undefined;
  const update = latest(async () => {
    const wanted = text.value;
    if (wanted !== classified) {
      const [result] = await timed('model-time', () => classifier.classify([wanted]));
      logits = result!.logits;
      classified = wanted;
    }
    const row = logits!;
    showBars(await timed('head-time', () => head(row, controls.settings)));
    // Whose bars these are, for programs that look at the page.
    element('bars', HTMLUListElement).dataset['text'] = wanted;
    element('error', HTMLParagraphElement).hidden = true;
  }, showError);
  const controls = createControls(trained, update);
  text.addEventListener('input', update);
  update();
};

start().catch((error: unknown) => {
  element('summary', HTMLParagraphElement).textContent = 'The model could not be started.';
  showError(error);
});
