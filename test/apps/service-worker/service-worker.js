import * as ort from 'onnxruntime-web/webgpu';
import { sharmix } from 'sharmix/ops';
import { install, sessionInfo } from 'sharmix/runtime';

install(ort, { ops: [sharmix] });

// Made at the first question and not at the start: a service worker is stopped and started again at any time.
let opened;
const open = () => {
  opened ??= ort.InferenceSession.create('/model.onnx', {
    executionProviders: [{ name: 'custom-ops', inner: ['webgpu', 'wasm'] }],
  });
  return opened;
};

/** `?x=1,2,3&x=-1,0.5,2`: the probabilities of two rows. */
const classify = async (search) => {
  const rows = search.getAll('x').map((text) => text.split(',').map(Number));
  const session = await open();
  const x = new ort.Tensor('float32', rows.flat(), [rows.length, 3]);
  const { probabilities } = await session.run({ x });
  const { providers, kernels } = sessionInfo(session);
  return Response.json({
    probabilities: [...(await probabilities.getData())],
    providers,
    forms: kernels.map(({ form }) => form),
  });
};

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { pathname, searchParams } = new URL(event.request.url);
  if (pathname === '/classify') event.respondWith(classify(searchParams));
});
