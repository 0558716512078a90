// What a profile holds: the times of segments and kernels, told while a session is being profiled, and their merger with onnxruntime's
// own events into one Chrome trace. No files here.

import type { DType } from '../core/dtype.ts';
import type { Tensor } from '../core/tensor.ts';
import type { BoundKernel, BoundOutput, ByPort } from './bind.ts';
import { callKernel } from './kernel-call.ts';

/** From, to: milliseconds of performance.now(). */
export type Span = readonly [from: number, to: number];

/** An event of Chrome's trace format, as onnxruntime writes it: microseconds. */
export interface TraceEvent {
  readonly cat: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur: number;
  readonly ts: number;
  readonly ph: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Events a profile holds at most, as many as onnxruntime's own. */
const maxEvents = 1_000_000;

interface Timed {
  readonly span: Span;
  readonly cat: 'Node' | 'Session';
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** onnxruntime's names for element types in its traces, where they are not ours. */
const traceTypes: Partial<Record<DType, string>> = { float32: 'float', float64: 'double' };

const shapesOf = (values: readonly Tensor[]): readonly object[] =>
  values.map(({ dtype, dims }) => ({ [traceTypes[dtype] ?? dtype]: dims }));

/** Records one session between the start and the end of its profile. */
export class Profile {
  /** When it was started. */
  readonly begun: number = performance.now();
  readonly #events: Timed[] = [];
  /** By segment: when its session was called. */
  readonly #calls = new Map<number, Span[]>();
  #count = 0;

  /** A segment's session was called; at least its own `model_run` lies within. */
  segment(index: number, from: number): void {
    const span: Span = [from, performance.now()];
    if (!this.#hasRoom()) return;
    const known = this.#calls.get(index);
    if (known === undefined) this.#calls.set(index, [span]);
    else known.push(span);
  }

  /** Calls a kernel, as callKernel does, and records its time; not that of one that fails. */
  time(
    kernel: BoundKernel,
    inputs: ByPort<Tensor>,
    write: (output: BoundOutput, tensor: Tensor) => void,
  ): void | Promise<void> {
    const outputs: Tensor[] = [];
    const from = performance.now();
    let to = from;
    const done = callKernel(kernel, inputs, (output, tensor) => {
      if (outputs.length === 0) to = performance.now();
      outputs.push(tensor);
      write(output, tensor);
    });
    const record = (): void => {
      if (outputs.length === 0) to = performance.now();
      this.#kernel(kernel, inputs, outputs, [from, to]);
    };
    return done === undefined ? record() : done.then(record);
  }

  #kernel(
    { op, node }: BoundKernel,
    inputs: ByPort<Tensor>,
    outputs: readonly Tensor[],
    span: Span,
  ): void {
    if (!this.#hasRoom()) return;
    const given = Object.values(inputs).flatMap((input) => input ?? []);
    this.#events.push({
      span,
      cat: 'Node',
      name: `${node === '' ? op.schema.type : node}_kernel_time`,
      args: {
        op_name: op.schema.type,
        op: op.label,
        node,
        provider: 'custom-ops',
        input_type_shape: shapesOf(given),
        output_type_shape: shapesOf(outputs),
      },
    });
  }

  /** A run of the whole model ended. */
  run(from: number): void {
    const span: Span = [from, performance.now()];
    if (!this.#hasRoom()) return;
    this.#events.push({ span, cat: 'Session', name: 'custom_ops_run', args: {} });
  }

  callsOf(index: number): readonly Span[] {
    return this.#calls.get(index) ?? [];
  }

  /** The events as a trace whose time 0 is `base`. */
  trace(base: number, pid: number, tid: number): TraceEvent[] {
    const events = [...this.#events];
    for (const [index, spans] of this.#calls) {
      for (const span of spans) {
        events.push({ span, cat: 'Session', name: 'segment_run', args: { segment: index } });
      }
    }
    return events.map(({ span: [from, to], cat, name, args }) => {
      const ts = micros(from - base);
      return { cat, pid, tid, dur: Math.max(0, micros(to - base) - ts), ts, ph: 'X', name, args };
    });
  }

  #hasRoom(): boolean {
    this.#count++;
    if (this.#count === maxEvents + 1) {
      console.warn(`custom-ops: the profile is full with ${maxEvents} events; later ones are lost`);
    }
    return this.#count <= maxEvents;
  }
}

const micros = (milliseconds: number): number => Math.round(milliseconds * 1000);

/** What is known of a segment's own profile. */
export interface SegmentTrace {
  readonly events: readonly TraceEvent[];
  /** When its session was made. */
  readonly made: Span;
  /** When its session was called, in order. */
  readonly calls: readonly Span[];
}

/** When a segment's own clock began, in milliseconds of performance.now(): the last moment at which everything it tells of ends before
 * the call that did it had returned. */
const clockOf = ({ events, made, calls }: SegmentTrace): number => {
  const last = (name: string): number | undefined =>
    events
      .filter((event) => event.name === name)
      .map(({ ts, dur }) => ts + dur)
      .at(-1);
  let latest = made[1] - (last('session_initialization') ?? 0) / 1000;
  const runs = events.filter(({ name }) => name === 'model_run');
  // Both lists are in the order of the calls, unless one failed before onnxruntime began.
  if (runs.length !== calls.length) return latest;
  runs.forEach(({ ts, dur }, at) => {
    latest = Math.min(latest, calls[at]![1] - (ts + dur) / 1000);
  });
  return latest;
};

/** One trace of a session: its segments' events on the time base of ours, which begins at 0 with the earliest, in the order of time. */
export const mergeTraces = (
  profile: Profile,
  segments: ReadonlyMap<number, SegmentTrace>,
  pid: number,
): readonly TraceEvent[] => {
  const base = Math.min(profile.begun, ...[...segments.values()].map(({ made }) => made[0]));
  const first = [...segments.values()].flatMap(({ events }) => events.slice(0, 1))[0];
  const merged = profile.trace(base, pid, first?.tid ?? pid);
  for (const [index, segment] of segments) {
    const shift = (clockOf(segment) - base) * 1000;
    for (const event of segment.events) {
      const ts = Math.max(0, Math.floor(event.ts + shift));
      merged.push({ ...event, ts, args: { ...event.args, segment: index } });
    }
  }
  return merged.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
};

/** The text of a trace, one event a line, as onnxruntime writes it. */
export const formatTrace = (events: readonly TraceEvent[]): string =>
  `[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]\n`;
