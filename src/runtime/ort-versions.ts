// Which opset and IR version a copy of onnxruntime reads: found by asking it, so that no table can be out of date.

import { onnx } from '../onnx/proto.ts';
import { minOpset, type RuntimeVersions } from '../onnx/versions.ts';
import { messageOf, RuntimeError } from '../core/errors.ts';
import { isNodeCopy, type OrtModule } from './ort-types.ts';

const value = (name: string) => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dim: [] } } },
});

const modelOf = (irVersion: number, opset: number): Uint8Array =>
  onnx.ModelProto.encode({
    irVersion,
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name: 'probe',
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
      input: [value('x')],
      output: [value('y')],
    },
  }).finish();

/** IR version every onnxruntime this package works with reads. */
const oldIr = 7;
/** No runtime reads this: where the search ends. */
const tooNew = 100;

/** The newest opset of the standard operators and the newest IR version that a copy of onnxruntime loads.
 * @throws {RuntimeError} It does not load the oldest of them: the copy does not work. */
export const runtimeVersions = async (ort: OrtModule): Promise<RuntimeVersions> => {
  const provider = isNodeCopy(ort) ? 'cpu' : 'wasm';
  let why: unknown;
  const loads = async (irVersion: number, opset: number): Promise<boolean> => {
    try {
      const session = await ort.InferenceSession.create(modelOf(irVersion, opset), {
        executionProviders: [provider],
        logSeverityLevel: 4,
      });
      await session.release();
      return true;
    } catch (error) {
      why = error;
      return false;
    }
  };
  const newest = async (
    from: number,
    test: (version: number) => Promise<boolean>,
  ): Promise<number> => {
    let version = from - 1;
    while (version < tooNew && (await test(version + 1))) version++;
    return version;
  };
  const opset = await newest(minOpset, (version) => loads(oldIr, version));
  const irVersion = await newest(oldIr, (version) => loads(version, minOpset));
  if (opset >= minOpset && irVersion >= oldIr) return { opset, irVersion };
  throw new RuntimeError({
    where: 'runtimeVersions',
    what: 'onnxruntime',
    rule: 'must load a model of one node',
    actual: messageOf(why),
    cause: why,
  });
};
