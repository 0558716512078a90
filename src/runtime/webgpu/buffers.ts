// A pool of GPU buffers of one usage. Work on a device's queue runs in order, so a buffer that is given back may be
// taken again at once: whoever writes it next does so after the work that was submitted with it.

import { RuntimeError } from '../../schema/index.ts';

/** Free memory a pool keeps before it destroys what is given back. */
const maxFreeBytes = 256 * 2 ** 20;

/** Size of the buffer that serves a request: multiples of 256 bytes, then four steps a power of two (at most 25% unused). */
const sizeClass = (bytes: number): number => {
  if (bytes <= 1024) return Math.max(256, Math.ceil(bytes / 256) * 256);
  const step = 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
};

/** Counts of a pool, for tests and for looking into a session. */
export interface PoolStatistics {
  /** Buffers created since the start. */
  readonly created: number;
  /** Buffers taken and not given back. */
  readonly used: number;
  /** Buffers that wait to be taken. */
  readonly free: number;
}

/** Buffers of one usage on one device, kept by size after use. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #usage: number;
  readonly #label: string;
  readonly #free = new Map<number, GPUBuffer[]>();
  readonly #used = new Set<GPUBuffer>();
  #freeBytes = 0;
  #created = 0;

  constructor(device: GPUDevice, usage: number, label: string) {
    this.#device = device;
    this.#usage = usage;
    this.#label = label;
  }

  /** A buffer of at least `bytes`; its content is whatever was there. */
  take(bytes: number): GPUBuffer {
    const size = sizeClass(bytes);
    const kept = this.#free.get(size)?.pop();
    if (kept !== undefined) this.#freeBytes -= size;
    const buffer =
      kept ?? this.#device.createBuffer({ size, usage: this.#usage, label: this.#label });
    if (kept === undefined) this.#created++;
    this.#used.add(buffer);
    return buffer;
  }

  /** Takes a buffer back for reuse.
   * @throws {RuntimeError} The buffer is not in use: given back before, or never this pool's. */
  give(buffer: GPUBuffer): void {
    if (!this.#used.delete(buffer)) {
      throw new RuntimeError({
        where: 'WebGpuExecutor',
        what: 'the buffer to release',
        rule: 'must have been created here and not released before',
        hint: 'buffers of onnxruntime are released by onnxruntime',
      });
    }
    const { size } = buffer;
    if (this.#freeBytes + size > maxFreeBytes) {
      buffer.destroy();
      return;
    }
    this.#freeBytes += size;
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [buffer]);
    else free.push(buffer);
  }

  /** Forgets a buffer that must not be used again. */
  discard(buffer: GPUBuffer): void {
    this.#used.delete(buffer);
    buffer.destroy();
  }

  /** Whether the buffer was taken here and not given back. */
  owns(buffer: GPUBuffer): boolean {
    return this.#used.has(buffer);
  }

  get statistics(): PoolStatistics {
    let free = 0;
    for (const buffers of this.#free.values()) free += buffers.length;
    return { created: this.#created, used: this.#used.size, free };
  }

  /** Destroys the buffers that wait to be taken. */
  trim(): void {
    for (const buffers of this.#free.values()) for (const buffer of buffers) buffer.destroy();
    this.#free.clear();
    this.#freeBytes = 0;
  }

  /** Destroys every buffer, used ones too. */
  dispose(): void {
    this.trim();
    for (const buffer of this.#used) buffer.destroy();
    this.#used.clear();
  }
}
