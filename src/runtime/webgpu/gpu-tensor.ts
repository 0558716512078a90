// A tensor in GPU memory, and the records of them an operator takes and gives.

import type { DType, Tensor } from '../../schema/index.ts';

/** A tensor in a storage buffer: one of the executor's, or one of onnxruntime's on the same device.
 * The layout is dense and row-major in the buffer's first bytes; the buffer may be larger. */
export interface GpuTensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly buffer: GPUBuffer;
  /** The values, where they are known on the CPU too: a plan then checks and uses them (q and r of SharMiX). */
  readonly data?: Tensor['data'];
}

/** Values by port name: undefined for an absent optional one, an array for a variadic one. */
export type Ports<V> = Readonly<Record<string, V | readonly V[] | undefined>>;

/** A variadic value. (`Array.isArray` does not narrow read-only arrays.) */
const isMany = <V>(value: V | readonly V[]): value is readonly V[] => Array.isArray(value);

/** Applies `map` to every value of the record. */
export const mapPorts = <V, W>(ports: Ports<V>, map: (value: V, name: string) => W): Ports<W> => {
  const mapped: Record<string, W | readonly W[] | undefined> = {};
  for (const [name, value] of Object.entries(ports)) {
    if (value === undefined) mapped[name] = undefined;
    else if (isMany(value)) mapped[name] = value.map((v, i) => map(v, `${name}.${i}`));
    else mapped[name] = map(value, name);
  }
  return mapped;
};

/** The values of a record by the name a shader binds them with: variadic ones are `name.0`, `name.1`, ... */
export const flattenPorts = <V>(ports: Ports<V>): Map<string, V> => {
  const flat = new Map<string, V>();
  mapPorts(ports, (value, name) => flat.set(name, value));
  return flat;
};
