// A model without custom nodes: one session of onnxruntime does everything.

import type { InnerSession } from './build.ts';
import type { Feeds, Fetches, OrtTensor, RunOptions } from './ort-types.ts';
import type { RunControl, Runner } from './runner.ts';

/** Hands every call on to one session. */
export class StockRunner implements Runner {
  readonly kernels = [];
  readonly readbacks = 0;
  readonly #session: InnerSession;

  constructor(session: InnerSession) {
    this.#session = session;
  }

  async run(
    feeds: Feeds,
    fetches: Fetches,
    options: RunOptions,
    control: RunControl | undefined,
  ): Promise<Record<string, OrtTensor>> {
    control?.signal?.throwIfAborted();
    const results = await this.#session.run(feeds, fetches, options);
    control?.signal?.throwIfAborted();
    return results;
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
