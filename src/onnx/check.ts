// checkModel: what would keep a runtime from loading a model, found from its structure alone, each finding with the way out.

import type { OpDefinition } from '../schema/op.ts';
import { OpRegistry } from '../schema/registry.ts';
import { attributeFindings, functionFindings, operatorFindings } from './check-operators.ts';
import { functionExtras, recursionFindings } from './check-functions.ts';
import { nodeFindings } from './check-nodes.ts';
import { tensorFindings, typeFindings } from './check-types.ts';
import { valueFindings } from './check-values.ts';
import { readModel } from './bytes-model.ts';
import { decodeModel } from './decode.ts';
import type { Finding, FindingCode } from './finding.ts';
import { numberOf } from './integers.ts';
import type { OnnxTypes } from './proto.ts';
import { currentRuntime, functionIrVersion, type RuntimeVersions } from './versions.ts';
import { domainOf } from './walk.ts';

/** What a model is checked against. */
export interface CheckOptions {
  /** The runtime; by default onnxruntime 1.30. */
  readonly runtime?: RuntimeVersions;
  /** Operators that will be installed. */
  readonly ops?: Iterable<OpDefinition>;
  /** The file's name, for messages. */
  readonly where?: string;
}

const versionFindings = (
  model: OnnxTypes.ModelProto,
  runtime: RuntimeVersions,
  where: string,
): readonly Finding[] => {
  const findings: Finding[] = [];
  const error = (code: FindingCode, message: string, fix: string): void => {
    findings.push({ code, severity: 'error', where, message, fix });
  };
  const irVersion = numberOf(model.irVersion, where);
  if (irVersion > runtime.irVersion) {
    error(
      'ir-version',
      `IR version ${irVersion} is newer than the runtime's ${runtime.irVersion}`,
      'export with a lower IR version, or update onnxruntime',
    );
  }
  if (model.functions.length > 0 && irVersion < functionIrVersion) {
    error(
      'ir-version',
      `IR version ${irVersion} has no functions, but the model has ${model.functions.length}`,
      `set the IR version to ${functionIrVersion}`,
    );
  }
  const seen = new Set<string>();
  for (const { domain, version } of model.opsetImport) {
    const name = domainOf(domain);
    if (seen.has(name)) {
      error(
        'opset-import',
        `domain ${JSON.stringify(name)} is imported twice`,
        'import each domain once',
      );
    }
    seen.add(name);
    const opset = numberOf(version, where);
    if (name === '' && opset > runtime.opset) {
      error(
        'opset',
        `opset ${opset} is newer than the runtime's ${runtime.opset}`,
        `export with opset ${runtime.opset} or lower, or update onnxruntime`,
      );
    }
  }
  return findings;
};

/** Checks a model's structure: versions, operators nobody provides, functions and their recursion, attributes, names and values,
 * declared element types, sizes of initialisers.
 *
 * @returns The findings, in the order of the model; none means that nothing is known to be wrong. What standard operators make of
 * types and shapes is left to the runtime.
 * @throws {ModelError} The bytes are no ONNX model. */
export const checkModel = (bytes: Uint8Array, options: CheckOptions = {}): readonly Finding[] => {
  const { runtime = currentRuntime, ops = [], where = 'model' } = options;
  const model = decodeModel(bytes, where);
  const { functions } = readModel(bytes, where);
  const extras = functions.map((one) => functionExtras(one, where));
  const registry = new OpRegistry(ops);
  return [
    ...versionFindings(model, runtime, where),
    ...operatorFindings(model, registry),
    ...functionFindings(model, extras),
    ...recursionFindings(functions),
    ...attributeFindings(model, extras),
    ...nodeFindings(model, registry),
    ...valueFindings(model),
    ...typeFindings(model),
    ...tensorFindings(model),
  ];
};
