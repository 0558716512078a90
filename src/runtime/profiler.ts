// Profiles of sessions in Node: starts and ends them, and makes one file out of the segments' files and our own times.

import { RuntimeError, messageOf } from '../core/errors.ts';
import type { InnerSession } from './build.ts';
import { nodeModules } from './files.ts';
import { isNodeCopy, type OrtModule, type SessionOptions } from './ort-types.ts';
import {
  formatTrace,
  mergeTraces,
  Profile,
  type SegmentTrace,
  type Span,
  type TraceEvent,
} from './profile.ts';

/** A segment as its profile needs it. */
export interface ProfiledSegment {
  readonly session: InnerSession;
  /** Its position among the segments. */
  readonly index: number;
  /** When the session was made. */
  readonly made: Span;
}

/** onnxruntime's own, where none is given. */
const defaultPrefix = 'onnxruntime_profile_';

/** `profile_2026-01-31_14-05-09_123.json`, in local time, as onnxruntime names its files. */
const fileName = (prefix: string, at: Date): string => {
  const two = (n: number, digits = 2): string => String(n).padStart(digits, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}-${two(at.getMinutes())}-${two(at.getSeconds())}`;
  return `${prefix}_${day}_${time}_${two(at.getMilliseconds(), 3)}.json`;
};

const makeFolder = (): string => {
  const { fs, path } = nodeModules();
  const os = process.getBuiltinModule('node:os');
  return fs.mkdtempSync(path.join(os.tmpdir(), 'custom-ops-profile-'));
};

/** The profiler of one session. Where the copy of onnxruntime is not onnxruntime-node there is none: nothing has files there. */
export class Profiler {
  readonly #prefix: string;
  readonly #started: Date = new Date();
  /** Where the segments write their profiles; undefined where onnxruntime does not profile, or has ended it. */
  #folder: string | undefined;
  #profile: Profile | undefined;

  private constructor(prefix: string, folder: string | undefined) {
    this.#prefix = prefix;
    this.#folder = folder;
    if (folder !== undefined) this.#profile = new Profile();
  }

  /** The profiler of a session to be made with these options; undefined where the copy has none.
   * Options that onnxruntime refuses go on to it. */
  static of(ort: OrtModule, options: SessionOptions): Profiler | undefined {
    if (!isNodeCopy(ort)) return undefined;
    const { enableProfiling, profileFilePrefix: prefix } = options;
    const isOn = enableProfiling === true && typeof prefix === 'string';
    return new Profiler(
      typeof prefix === 'string' ? prefix : defaultPrefix,
      isOn ? makeFolder() : undefined,
    );
  }

  /** What is being recorded; undefined while profiling is off. */
  get profile(): Profile | undefined {
    return this.#profile;
  }

  /** The options for the segments: theirs are files of their own, until they are merged. */
  options(options: SessionOptions): SessionOptions {
    if (this.#folder === undefined) return options;
    return { ...options, profileFilePrefix: nodeModules().path.join(this.#folder, 'profile') };
  }

  /** Starts a profile. onnxruntime's sessions cannot start one once they exist: it has their times as a whole, and the kernels'. */
  start(): void {
    this.#profile ??= new Profile();
  }

  /** Ends the profile and writes its file. Nothing where none was started.
   * @throws {RuntimeError} The file cannot be written. */
  end(segments: readonly ProfiledSegment[]): void {
    const profile = this.#profile;
    if (profile === undefined) return;
    this.#profile = undefined;
    const traces = this.#takeTraces(profile, segments);
    const text = formatTrace(mergeTraces(profile, traces, process.pid));
    const file = fileName(this.#prefix, this.#started);
    try {
      nodeModules().fs.writeFileSync(file, text);
    } catch (cause) {
      throw new RuntimeError({
        where: 'InferenceSession.endProfiling',
        what: `the profile ${file}`,
        rule: 'must be a file that can be written',
        actual: messageOf(cause),
        hint: 'choose profileFilePrefix in a folder that exists',
        cause,
      });
    }
  }

  /** Removes what the segments wrote: for a session that could not be made. */
  discard(): void {
    const folder = this.#folder;
    this.#folder = undefined;
    this.#profile = undefined;
    if (folder !== undefined) nodeModules().fs.rmSync(folder, { recursive: true, force: true });
  }

  #takeTraces(
    profile: Profile,
    segments: readonly ProfiledSegment[],
  ): ReadonlyMap<number, SegmentTrace> {
    const traces = new Map<number, SegmentTrace>();
    const folder = this.#folder;
    if (folder === undefined) return traces;
    this.#folder = undefined;
    const { fs, path } = nodeModules();
    try {
      for (const { session } of segments) session.endProfiling();
      const names = fs.readdirSync(folder);
      for (const { index, made } of segments) {
        const name = names.findLast((one) => one.startsWith(`profile.segment-${index}_`));
        if (name === undefined) continue;
        const text = fs.readFileSync(path.join(folder, name), 'utf8');
        const events = JSON.parse(text) as readonly TraceEvent[];
        traces.set(index, { events, made, calls: profile.callsOf(index) });
      }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
    return traces;
  }
}
