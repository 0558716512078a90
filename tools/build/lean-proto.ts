// The ONNX messages without what a page never calls: onnx-proto's checks and conversions from and to plain objects are two thirds
// of its code. Encoding, decoding and creating stay.

import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** A static method of a message, or toJSON, from its first line to the brace that closes it at the same depth. */
const unused =
  /^( +)[\w.]+\.(?:verify|fromObject|toObject|encodeDelimited|decodeDelimited|toJSON) = function \w+\([^)]*\) \{\n[\s\S]*?^\1\};\n/gm;

/** Bundles onnx-proto without its conversions.
 * @throws {Error} The package's code is written in another way than this knows. */
export const leanProto: Plugin = {
  name: 'lean-proto',
  setup: (build) => {
    build.onLoad({ filter: /onnx-proto[/\\]dist[/\\]onnx\.js$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8');
      const messages = code.match(/^ +\w+\.decode = function/gm)?.length ?? 0;
      const contents = code.replaceAll(unused, '');
      const removed = (code.match(unused) ?? []).length;
      if (messages === 0 || removed !== 6 * messages) {
        throw new Error(`${path}: ${removed} conversions of ${messages} messages, not 6 of each`);
      }
      return { contents };
    });
  },
};
