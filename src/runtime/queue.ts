// One task at a time, in the order of arrival. onnxruntime's WebGPU sessions hang or kill the page when calls overlap.

/** A queue of asynchronous tasks. A task that fails does not stop the next. */
export class TaskQueue {
  #isBusy = false;
  readonly #waiting: (() => void)[] = [];

  /** Runs `task` when all tasks before it have ended. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#isBusy) await new Promise<void>((turn) => this.#waiting.push(turn));
    this.#isBusy = true;
    try {
      return await task();
    } finally {
      this.#next();
    }
  }

  /** Called within a task: lets the tasks behind it go ahead while it waits for `work`, which is not onnxruntime's, then takes
   * the next turn. Without it, work that itself calls a session of the queue would wait for ever. */
  async yieldTo<T>(work: Promise<T>): Promise<T> {
    this.#next();
    try {
      return await work;
    } finally {
      if (this.#isBusy) await new Promise<void>((turn) => this.#waiting.unshift(turn));
      this.#isBusy = true;
    }
  }

  /** Hands the turn on: it is never free while somebody waits, so that nobody overtakes. */
  #next(): void {
    const turn = this.#waiting.shift();
    if (turn === undefined) this.#isBusy = false;
    else turn();
  }
}
