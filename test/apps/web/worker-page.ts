// A page that leaves the work to a worker.

import { report } from './report.ts';

const threads = new URL(location.href).searchParams.get('threads') ?? '1';
const worker = new Worker(new URL(`./worker.js?threads=${threads}`, import.meta.url), {
  type: 'module',
});
worker.addEventListener('message', ({ data }) => report(data));
worker.addEventListener('error', ({ message }) => report({ error: message }));
