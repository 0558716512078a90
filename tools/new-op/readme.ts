// The README that a new operator starts with.

/** Text of the README.
 * @param label - `com.example@1::SoftClip`
 * @param use - How the folder's operator is imported by a program. */
export const readmeOf = (label: string, value: string, use: string): string => `# ${label}

Says in one sentence what the operator does. As scaffolded, element by element:

    y = a x / (1 + a |x|)          a: the attribute \`sharpness\`, > 0

## Inputs, attributes, output

| | type | shape | meaning |
|---|---|---|---|
| \`x\` | float32, float64, float16 | any | |
| \`sharpness\` | float, default 1 | | a > 0 |
| \`y\` | as \`x\` | as \`x\` | |

## Forms

| file | form |
|---|---|
| \`schema\` | name, inputs, outputs, attributes, types |
| \`infer\` | shape and type of the outputs |
| \`kernel\` | JS kernel; its float64 results are the reference of all others |
| \`shader\` | WebGPU (WGSL), float32 |
| \`body\` | ONNX function body: what a runtime without the kernel runs |
| \`grad\` | gradient for training in tfjs |
| \`cases\` | the cases every form is run on |

A form that is not worth having is \`missing('why')\` in \`index\`, which tests and tables then say.

## Use

\`\`\`js
import * as ort from 'onnxruntime-node';
import { install } from 'sharmix/runtime';
import { ${value} } from '${use}';

install(ort, { ops: [${value}] });
const session = await ort.InferenceSession.create('model.onnx', {
  executionProviders: [{ name: 'custom-ops' }],
});
\`\`\`
`;
