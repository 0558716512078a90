// Extraction with an onnxruntime at hand: it tells the types the model does not declare, and loads the result before it is given out.

import { isDType, type DType } from '../core/dtype.ts';
import { messageOf, RuntimeError } from '../core/errors.ts';
import { readModel, type ModelBytes } from '../onnx/bytes-model.ts';
import {
  extractPart,
  undeclaredValues,
  withOutputs,
  type ExtractOptions,
} from '../onnx/extract.ts';
import { isInstalled } from './install.ts';
import { isNodeCopy, type OrtModule, type SessionOptions } from './ort-types.ts';

/** Options of {@link extractVerified}: the cut, and the options of the sessions that look at the model. */
export interface ExtractVerifiedOptions extends Omit<ExtractOptions, 'types'> {
  readonly sessionOptions?: SessionOptions;
}

/** Options for a session that only looks: custom operators where they are installed, else the CPU. */
const lookingOptions = (ort: OrtModule, options: SessionOptions = {}): SessionOptions => ({
  logSeverityLevel: 3,
  executionProviders: isInstalled(ort)
    ? [{ name: 'custom-ops', inner: [isNodeCopy(ort) ? 'cpu' : 'wasm'] }]
    : [isNodeCopy(ort) ? 'cpu' : 'wasm'],
  ...options,
});

/** Element types of values, as onnxruntime infers them. Values that are no tensors of a type JavaScript holds are left out. */
const inferTypes = async (
  ort: OrtModule,
  model: ModelBytes,
  names: readonly string[],
  options: SessionOptions = {},
): Promise<ReadonlyMap<string, DType>> => {
  const types = new Map<string, DType>();
  if (names.length === 0) return types;
  const session = await ort.InferenceSession.create(withOutputs(model, names), options);
  for (const info of session.outputMetadata) {
    if (names.includes(info.name) && info.isTensor && isDType(info.type)) {
      types.set(info.name, info.type);
    }
  }
  await session.release();
  return types;
};

/** The sub-model between named tensors. Types that the model does not declare are inferred by onnxruntime, and the result has been
 * loaded by it, with the operators installed in this copy.
 * @throws {ModelError} As `extractModel`. {RuntimeError} onnxruntime does not load the result. */
export const extractVerified = async (
  ort: OrtModule,
  bytes: Uint8Array,
  options: ExtractVerifiedOptions,
): Promise<Uint8Array<ArrayBuffer>> => {
  const { inputs, outputs, where = 'model', sessionOptions } = options;
  const looking = lookingOptions(ort, sessionOptions);
  const model = readModel(bytes, where);
  const made = new Set(model.graph.nodes.flatMap((node) => node.outputs));
  const unknown = undeclaredValues(model, [...inputs, ...outputs]).filter((name) => made.has(name));
  const types = await inferTypes(ort, model, unknown, looking);
  const part = extractPart(model, { inputs, outputs, types, where });
  try {
    await (await ort.InferenceSession.create(part, looking)).release();
  } catch (cause) {
    throw new RuntimeError({
      where,
      what: 'the extracted model',
      rule: 'must be loaded by onnxruntime',
      actual: messageOf(cause),
      hint: 'cut at other values, or import the operators it needs',
      cause,
    });
  }
  return part;
};
