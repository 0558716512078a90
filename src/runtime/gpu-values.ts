// The values of one run on a GPU: each on the CPU, in a buffer of onnxruntime or in one of ours, moved only when someone asks.

import { createData, type DType } from '../core/dtype.ts';
import { sizeOf } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import type { SharedDevice } from './gpu-shared.ts';
import type { OrtModule, OrtTensor } from './ort-types.ts';
import { fromOrt, toOrt } from './tensors.ts';
import { isStorageType, type GpuTensor, type WebGpuExecutor } from './webgpu/index.ts';

interface Value {
  ort: OrtTensor | undefined;
  gpu: GpuTensor | undefined;
  cpu: Tensor | undefined;
  /** The tensor of onnxruntime is ours to dispose. */
  ownsOrt: boolean;
  /** The buffer is ours to release. */
  ownsGpu: boolean;
  /** onnxruntime copied it from the GPU at the end of a segment. */
  isRead: boolean;
}

const isOnGpu = (tensor: OrtTensor): boolean => tensor.location === 'gpu-buffer';

/** Values of one run by name. */
export class GpuValues {
  readonly #ort: OrtModule;
  readonly #shared: SharedDevice;
  readonly #executor: WebGpuExecutor;
  readonly #values = new Map<string, Value>();
  /** Copies from GPU to CPU so far. */
  readbacks = 0;

  constructor(ort: OrtModule, shared: SharedDevice) {
    this.#ort = ort;
    this.#shared = shared;
    this.#executor = shared.executor;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** A tensor of the caller, or one onnxruntime made for this run. */
  setOrt(name: string, ort: OrtTensor, by: 'caller' | 'run'): void {
    const isRead = by === 'run' && !isOnGpu(ort) && isStorageType(ort.type as DType);
    const value = { gpu: undefined, cpu: undefined, ownsGpu: false };
    this.#set(name, { ...value, ort, ownsOrt: by !== 'caller', isRead });
  }

  /** An output of a shader. */
  setGpu(name: string, gpu: GpuTensor): void {
    const value = { ort: undefined, cpu: undefined, ownsOrt: false, isRead: false };
    this.#set(name, { ...value, gpu, ownsGpu: true });
  }

  /** An output of a JS kernel. */
  setCpu(name: string, cpu: Tensor): void {
    const value = { ort: undefined, gpu: undefined, ownsOrt: false, ownsGpu: false };
    this.#set(name, { ...value, cpu, isRead: false });
  }

  /** For a shader: onnxruntime's own buffer, or an upload. */
  gpu(name: string): GpuTensor {
    const value = this.#get(name);
    if (value.gpu !== undefined) return value.gpu;
    if (value.ort !== undefined && isOnGpu(value.ort)) {
      const { type, dims, gpuBuffer } = value.ort;
      value.gpu = { dtype: type as DType, dims, buffer: gpuBuffer };
    } else {
      value.gpu = this.#executor.upload(value.cpu ?? fromOrt(value.ort!, `value "${name}"`));
      value.ownsGpu = true;
    }
    return value.gpu;
  }

  /** For a segment: our buffer as a tensor of onnxruntime. */
  ort(name: string): OrtTensor {
    const value = this.#get(name);
    value.ort ??=
      value.gpu !== undefined && sizeOf(value.gpu.dims) > 0
        ? this.#wrap(value.gpu)
        : toOrt(this.#ort, value.cpu ?? emptyOf(value.gpu!));
    return value.ort;
  }

  /** For a JS kernel: a readback where the value is on the GPU. */
  async cpu(name: string): Promise<Tensor> {
    const value = this.#get(name);
    if (value.cpu !== undefined) return value.cpu;
    if (value.ort !== undefined && !isOnGpu(value.ort)) {
      if (value.isRead && value.ort.size > 0) this.readbacks++;
      value.cpu = fromOrt(value.ort, `value "${name}"`);
    } else {
      this.readbacks++;
      value.cpu = await this.#executor.download(this.gpu(name));
    }
    return value.cpu;
  }

  /** An output for the caller, who owns it from now on. */
  async result(name: string, location: 'cpu' | 'gpu-buffer'): Promise<OrtTensor> {
    const value = this.#get(name);
    const { ort } = value;
    if (location === 'cpu') {
      if (ort !== undefined && !isOnGpu(ort)) {
        const isFeed = !value.ownsOrt;
        value.ownsOrt = false;
        return isFeed ? copyOf(this.#ort, ort, name) : ort;
      }
      return toOrt(this.#ort, value.cpu ?? (await this.#executor.download(this.gpu(name))));
    }
    if (sizeOf(typed(value).dims) === 0) return toOrt(this.#ort, emptyOf(typed(value)));
    const isOwn = value.ownsOrt && ort !== undefined && isOnGpu(ort);
    const gpu = this.gpu(name);
    if (isOwn) {
      value.ownsOrt = false;
      this.#shared.note(gpu.buffer);
      // onnxruntime frees its buffers itself when it loses the device.
      const free = (): void => (this.#shared.lost === undefined ? ort.dispose() : undefined);
      return this.#wrap(gpu, { download: () => this.#download(gpu), dispose: free });
    }
    // A buffer of the caller (a feed that is an output too) is copied: he owns what he gets.
    const own = value.ownsGpu ? gpu : this.#executor.copy(gpu);
    value.ownsGpu = false;
    const free = (): void => this.#executor.release(own);
    return this.#wrap(own, { download: () => this.#download(own), dispose: free });
  }

  /** Whether a value is in this very tensor. */
  holds(name: string, tensor: OrtTensor): boolean {
    return this.#get(name).ort === tensor;
  }

  /** Copies an output into a buffer of the caller. */
  fill(name: string, given: OrtTensor): void {
    this.#executor.copyInto(this.gpu(name), given.gpuBuffer);
  }

  /** Element type and shape of a value. */
  typeOf(name: string): Pick<Tensor, 'dtype' | 'dims'> {
    return typed(this.#get(name));
  }

  async #download(gpu: GpuTensor): Promise<Tensor['data']> {
    return (await this.#executor.download(gpu)).data;
  }

  /** Gives back what the run holds of a value. */
  drop(name: string): void {
    const value = this.#values.get(name);
    if (value === undefined) return;
    this.#values.delete(name);
    if (value.ownsGpu && value.gpu !== undefined) this.#executor.release(value.gpu);
    if (value.ownsOrt) value.ort?.dispose();
  }

  /** Gives everything back that the caller did not get. */
  dropAll(): void {
    for (const name of this.#values.keys()) this.drop(name);
  }

  #get(name: string): Value {
    const value = this.#values.get(name);
    if (value === undefined) throw new TypeError(`value ${name} is not made yet`);
    return value;
  }

  #set(name: string, value: Value): void {
    this.drop(name);
    this.#values.set(name, value);
  }

  #wrap(
    { dtype, dims, buffer }: GpuTensor,
    owner: { download?: () => Promise<Tensor['data']>; dispose?: () => void } = {},
  ): OrtTensor {
    return this.#ort.Tensor.fromGpuBuffer(buffer, {
      dataType: dtype as 'float32',
      dims,
      ...(owner as object),
    });
  }
}

const typed = ({ gpu, cpu, ort }: Value): Pick<Tensor, 'dtype' | 'dims'> =>
  gpu ?? cpu ?? { dtype: ort!.type as DType, dims: ort!.dims };

const emptyOf = ({ dtype, dims }: Pick<Tensor, 'dtype' | 'dims'>): Tensor =>
  ({ dtype, dims, data: createData(dtype, 0) }) as Tensor;

/** A tensor of its own for an output that is an input too. */
const copyOf = (ort: OrtModule, tensor: OrtTensor, name: string): OrtTensor => {
  const { data, ...rest } = fromOrt(tensor, `output "${name}"`);
  return toOrt(ort, { ...rest, data: data.slice() } as Tensor);
};
