// Buffers that carry feeds to workers and come back for the next run.

/** The least bytes of a buffer: a small model's feeds fit in whatever comes back. */
const leastBytes = 1024;
/** Above this, buffers grow in steps of this many bytes and no longer by doubling. */
const stepBytes = 2 ** 24;

const capacityFor = (byteLength: number): number => {
  if (byteLength > stepBytes) return Math.ceil(byteLength / stepBytes) * stepBytes;
  return Math.max(leastBytes, 2 ** Math.ceil(Math.log2(Math.max(1, byteLength))));
};

/** Free buffers by capacity: as many of each as may be under way at once, the rest is left to the garbage collector. */
export class BufferPool {
  readonly #perCapacity: number;
  readonly #free = new Map<number, ArrayBuffer[]>();

  constructor(perCapacity: number) {
    this.#perCapacity = perCapacity;
  }

  /** A buffer of at least `byteLength` bytes, of any content. */
  take(byteLength: number): ArrayBuffer {
    const capacity = capacityFor(byteLength);
    return this.#free.get(capacity)?.pop() ?? new ArrayBuffer(capacity);
  }

  /** Takes a buffer back. */
  give(buffer: ArrayBuffer): void {
    const { byteLength } = buffer;
    const free = this.#free.get(byteLength) ?? [];
    if (free.length >= this.#perCapacity) return;
    free.push(buffer);
    this.#free.set(byteLength, free);
  }

  /** Drops all buffers. */
  clear(): void {
    this.#free.clear();
  }

  /** Bytes of the free buffers. */
  get freeBytes(): number {
    let bytes = 0;
    for (const [capacity, free] of this.#free) bytes += capacity * free.length;
    return bytes;
  }
}
