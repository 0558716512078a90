// The page around the README's worker.

import { report } from './report.ts';

const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.addEventListener('message', ({ data }) => {
  const answer = data as { readonly y: Float32Array };
  report({ ...answer, y: [...answer.y] });
});
worker.addEventListener('error', ({ message }) => report({ error: message }));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
worker.postMessage(Float32Array.of(1, 0, -1));
