// One task at a time, in the order of arrival. onnxruntime's WebGPU sessions hang or kill the page when calls overlap.

/** A queue of asynchronous tasks. A task that fails does not stop the next. */
export class TaskQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `task` when all tasks before it have ended. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
