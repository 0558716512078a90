// The user's session options as each segment of a model gets them, and what is checked of them before there is a session.

import { RuntimeError, typeError } from '../core/errors.ts';
import { isNode } from './files.ts';
import { isNodeCopy, type OrtModule, type SessionOptions } from './ort-types.ts';

/** A segment among those of its model. */
export interface SegmentPlace {
  /** Its position among the segments, from 0. */
  readonly index: number;
  /** The outputs of the model that it makes. */
  readonly outputs: readonly string[];
}

/** The name of a segment's file: `model.onnx` becomes `model.segment-0.onnx`, `profile` becomes `profile.segment-0`.
 * The suffix goes before the extension of the last part of the path. */
export const segmentFile = (path: string, index: number): string => {
  const name = /[^/\\]*$/.exec(path)![0];
  const dot = name.lastIndexOf('.');
  const at = path.length - name.length + (dot > 0 ? dot : name.length);
  return `${path.slice(0, at)}.segment-${index}${path.slice(at)}`;
};

/** A prefix has no extension: `run.1` becomes `run.1.segment-0`. */
const segmentPrefix = (prefix: string, index: number): string => `${prefix}.segment-${index}`;

/** The options of one segment: the user's, but for names of files, which get a suffix, and for outputs, of which a segment gets
 * its own. Values of another type than onnxruntime's go on as they are: it tells. */
export const segmentOptions = (
  options: SessionOptions,
  { index, outputs }: SegmentPlace,
): SessionOptions => {
  const { optimizedModelFilePath, profileFilePrefix, preferredOutputLocation, ...rest } = options;
  const own: SessionOptions = rest;
  if (optimizedModelFilePath !== undefined) {
    own.optimizedModelFilePath =
      typeof optimizedModelFilePath === 'string'
        ? segmentFile(optimizedModelFilePath, index)
        : optimizedModelFilePath;
  }
  if (profileFilePrefix !== undefined) {
    own.profileFilePrefix =
      typeof profileFilePrefix === 'string'
        ? segmentPrefix(profileFilePrefix, index)
        : profileFilePrefix;
  }
  if (preferredOutputLocation === undefined) return own;
  const locations: Record<string, Location> = {};
  for (const name of outputs) {
    const location =
      typeof preferredOutputLocation === 'object'
        ? preferredOutputLocation[name]
        : preferredOutputLocation;
    if (location !== undefined) locations[name] = location;
  }
  return Object.keys(locations).length === 0 ? own : { ...own, preferredOutputLocation: locations };
};

/** The options for a session that is only to tell whether onnxruntime takes them: without those, right ones, that make files or
 * name outputs of the model. */
export const probeOptions = (options: SessionOptions): SessionOptions => {
  const own: SessionOptions = { ...options };
  delete own.preferredOutputLocation;
  if (typeof own.optimizedModelFilePath === 'string') delete own.optimizedModelFilePath;
  if (own.enableProfiling === true && typeof own.profileFilePrefix === 'string') {
    delete own.enableProfiling;
    delete own.profileFilePrefix;
  }
  return own;
};

type Location = Extract<NonNullable<SessionOptions['preferredOutputLocation']>, string>;

const locationNames: readonly Location[] = [
  'none',
  'cpu',
  'cpu-pinned',
  'texture',
  'gpu-buffer',
  'ml-tensor',
];

const option = 'the session option preferredOutputLocation';

/** As onnxruntime-node does for the models it gets whole; results are on the CPU there wherever they were wanted. */
const checkInNode = (wish: unknown, outputs: readonly string[]): void => {
  const refuse = (what: string, rule: string, actual: unknown): never => {
    throw typeError({ where: 'InferenceSession.create', what, rule, actual: String(actual) });
  };
  const checkLocation = (what: string, location: unknown): void => {
    if (locationNames.some((known) => known === location)) return;
    refuse(what, `must be one of ${locationNames.join(', ')}`, location);
  };
  if (typeof wish !== 'object' || wish === null) {
    checkLocation(option, wish);
    return;
  }
  for (const [name, location] of Object.entries(wish)) {
    if (!outputs.includes(name)) {
      refuse(`${option}, ${JSON.stringify(name)},`, 'must name an output', outputs.join(', '));
    }
    checkLocation(`${option} of ${JSON.stringify(name)}`, location);
  }
};

/** The locations each provider of the web can leave outputs at beside the CPU. */
const reached: Readonly<Record<string, Location>> = { webgpu: 'gpu-buffer', webnn: 'ml-tensor' };

/** As onnxruntime-web does in browsers, which tells of some of it in a run only; in Node it leaves everything on the CPU. */
const checkOnWeb = (wish: unknown, outputs: readonly string[], provider: string): void => {
  if (isNode) return;
  for (const name of outputs) {
    const location: unknown =
      typeof wish === 'object' && wish !== null ? (wish as Record<string, unknown>)[name] : wish;
    const isKnown = typeof location !== 'string' || location === 'cpu' || location === 'cpu-pinned';
    if (isKnown || location === reached[provider]) continue;
    throw new RuntimeError({
      where: 'InferenceSession.create',
      what: `${option} of the output ${JSON.stringify(name)}`,
      rule: `must be one that the provider ${provider} reaches: ${['cpu', reached[provider]].filter((one) => one !== undefined).join(', ')}`,
      actual: location,
    });
  }
};

/** Checks the wish where outputs are to be left.
 * @throws {TypeError} In onnxruntime-node: a location there is not, or the name of no output. {RuntimeError} In a browser: a location
 *   that the provider does not reach. */
export const checkOutputLocations = (
  ort: OrtModule,
  { preferredOutputLocation: wish }: SessionOptions,
  outputs: readonly string[],
  provider: string,
): void => {
  if (wish === undefined) return;
  if (isNodeCopy(ort)) checkInNode(wish, outputs);
  else checkOnWeb(wish, outputs, provider);
};

/** The lengths given for named dimensions, where this copy of onnxruntime applies them: onnxruntime-node 1.30 does not. */
export const freeDimensions = (
  ort: OrtModule,
  { freeDimensionOverrides }: SessionOptions,
): Readonly<Record<string, number>> => (isNodeCopy(ort) ? {} : (freeDimensionOverrides ?? {}));
