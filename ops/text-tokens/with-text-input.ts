// A classifier's ONNX file with its tokenizer in the graph: raw text in, probabilities out, one file.

import { attributeToProto, decodeModel, onnx, valueInfoProto } from '../../src/onnx/index.ts';
import { ModelError } from '../../src/schema/index.ts';
import type { Tokenizer } from '../../src/text/index.ts';
import { textTokens } from './operator.ts';

/** Names in the model. */
export interface TextInputOptions {
  /** The input to replace. Default: `tokens`. */
  readonly tokens?: string;
  /** The input that comes in its place: string [N]. Default: `text`. */
  readonly text?: string;
}

/** The model with its input of token ids replaced by an input of texts, which a node TextTokens turns into the ids.
 *
 * Such a file needs the operator ({@link textTokens}) wherever it runs: a stock onnxruntime has none.
 * @param bytes - A model with an input int32 [N, length], such as `exportModel` writes.
 * @throws {ModelError} No such input, or a length that is not the tokenizer's. */
export const withTextInput = (
  bytes: Uint8Array,
  tokenizer: Tokenizer,
  { tokens = 'tokens', text = 'text' }: TextInputOptions = {},
): Uint8Array => {
  const model = decodeModel(bytes);
  const inputs = model.graph?.input ?? [];
  const input = inputs.find(({ name }) => name === tokens);
  const type = input?.type?.tensorType;
  const [rows, length] = type?.shape?.dim ?? [];
  const isRight =
    type?.elemType === onnx.TensorProto.DataType.INT32 &&
    Number(length?.dimValue ?? 0) === tokenizer.length;
  if (!isRight) {
    throw new ModelError({
      where: 'withTextInput',
      what: `the input "${tokens}"`,
      rule: `must be int32 [N, ${tokenizer.length}], token ids of the tokenizer`,
      actual:
        input === undefined
          ? `inputs: ${inputs.map(({ name }) => name).join(', ') || 'none'}`
          : `element type ${type?.elemType ?? 'unknown'}, length ${String(length?.dimValue ?? 'unknown')}`,
    });
  }
  const { type: opType, domain, version } = textTokens.schema;
  const graph = model.graph!;
  graph.input = inputs.map((one) =>
    one === input ? valueInfoProto(text, 'string', [rows?.dimParam || null]) : one,
  );
  graph.node = [
    {
      name: 'tokenizer',
      opType,
      domain,
      input: [text],
      output: [tokens],
      attribute: [attributeToProto('tokenizer', { string: JSON.stringify(tokenizer) })],
    },
    ...(graph.node ?? []),
  ];
  const imports = model.opsetImport ?? [];
  if (!imports.some((one) => one.domain === domain))
    model.opsetImport = [...imports, { domain, version }];
  return onnx.ModelProto.encode(model).finish();
};
