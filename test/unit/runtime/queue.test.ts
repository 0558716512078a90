// The queue of WebGPU calls: order, failures, and turns that are lent while a task waits for something else.

import { describe, expect, it } from 'vitest';
import { TaskQueue } from '../../../src/runtime/queue.ts';

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

describe('a queue of tasks', () => {
  it('runs one at a time, in the order of arrival, past failures', async () => {
    const queue = new TaskQueue();
    const events: string[] = [];
    const tasks = Array.from({ length: 20 }, (_, i) =>
      queue.run(async () => {
        events.push(`start ${i}`);
        await tick();
        events.push(`end ${i}`);
        if (i % 3 === 0) throw new Error(`task ${i}`);
        return i;
      }),
    );
    const results = await Promise.allSettled(tasks);
    expect(events).toEqual(Array.from({ length: 20 }, (_, i) => [`start ${i}`, `end ${i}`]).flat());
    expect(results.filter(({ status }) => status === 'rejected').length).toBe(7);
    await expect(tasks[3]).rejects.toThrow('task 3');
    await expect(tasks[4]).resolves.toBe(4);
  });

  it('starts a task at once where nothing runs', async () => {
    const queue = new TaskQueue();
    let started = false;
    const done = queue.run(() => {
      started = true;
      return Promise.resolve();
    });
    expect(started).toBe(true);
    await done;
  });

  it('goes on after a task that throws before its first await', async () => {
    const queue = new TaskQueue();
    const failed = queue.run(() => {
      throw new Error('at once');
    });
    await expect(failed).rejects.toThrow('at once');
    await expect(queue.run(() => Promise.resolve(1))).resolves.toBe(1);
  });

  it('lets a task wait for work that needs the queue itself', async () => {
    const queue = new TaskQueue();
    const inner = (): Promise<string> => queue.run(() => Promise.resolve('inner'));
    await expect(queue.run(() => queue.yieldTo(inner()))).resolves.toBe('inner');
  });

  it('gives a task that waited its turn back before those that came later', async () => {
    const queue = new TaskQueue();
    const events: string[] = [];
    let finish = (): void => undefined;
    const work = new Promise<void>((resolve) => (finish = resolve));
    const first = queue.run(async () => {
      events.push('first');
      await queue.yieldTo(work);
      events.push('first again');
    });
    const others = ['second', 'third', 'fourth'].map((name) =>
      queue.run(async () => {
        events.push(name);
        if (name === 'second') finish();
        await tick();
      }),
    );
    await Promise.all([first, ...others]);
    expect(events).toEqual(['first', 'second', 'first again', 'third', 'fourth']);
  });

  it('hands the failure of that work on, with the turn', async () => {
    const queue = new TaskQueue();
    let running = 0;
    const task = (): Promise<void> =>
      queue.run(async () => {
        expect(++running).toBe(1);
        await tick();
        running--;
        await queue
          .yieldTo(tick().then(() => Promise.reject(new Error('work'))))
          .catch(() => undefined);
        expect(++running).toBe(1);
        await tick();
        running--;
      });
    await Promise.all([task(), task(), task(), task()]);
    expect(running).toBe(0);
  });
});
