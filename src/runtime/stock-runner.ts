// A model without custom nodes: one session of onnxruntime does everything.

import type { InnerSession } from './build.ts';
import type { Feeds, Fetches, OrtTensor, RunOptions } from './ort-types.ts';
import type { Runner } from './runner.ts';

/** Hands every call on to one session. */
export class StockRunner implements Runner {
  readonly kernels = [];
  readonly readbacks = 0;
  readonly #session: InnerSession;

  constructor(session: InnerSession) {
    this.#session = session;
  }

  run(feeds: Feeds, fetches: Fetches, options: RunOptions): Promise<Record<string, OrtTensor>> {
    return this.#session.run(feeds, fetches, options);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
