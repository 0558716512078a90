// A folder of models and modules for the tests of the commands about models.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelBuilder, onnx, tensorToProto } from '../../../src/onnx/index.ts';
import { tensor } from '../../../src/schema/index.ts';
import { sharmix as op } from '../../../ops/index.ts';
import { branched, changed } from '../../unit/tools/models.ts';

const main = fileURLToPath(new URL('../../../dist/tools/cli/main.js', import.meta.url));
/** x [N, 3] -> SharMiX "head" -> y, with an external weight added where asked. */
const headed = (scale?: 'inside' | 'outside'): Uint8Array => {
  const model = new ModelBuilder();
  const x = model.input('x', 'float32', ['N', 3]);
  const weight = tensor('float32', Float32Array.of(1, 2, 3), [3]);
  const h =
    scale === undefined
      ? x
      : model.op('Mul', [x, model.initializer('scale', weight)], {}, { outputs: ['h'] });
  const { probabilities } = model.customOp(
    op,
    { logits: h },
    {},
    { name: 'head', types: { T: 'float32' } },
  );
  model.output(probabilities!, 'y', 'float32', ['N', 3]);
  const bytes = model.build();
  if (scale !== 'outside') return bytes;
  return changed(bytes, ({ graph }) => {
    const [initializer] = graph!.initializer!;
    delete initializer!.rawData;
    Object.assign(initializer!, {
      dataLocation: 1,
      externalData: [
        { key: 'location', value: 'scale.bin' },
        { key: 'offset', value: '4' },
        { key: 'length', value: '12' },
      ],
    });
  });
};

/** The test operator Affine as a user's module. */
const userModule = `
import { defineOp, float, missing } from 'sharmix/schema';
const why = missing('a test operator');
export const helper = 5;
export default [[defineOp({
  type: 'Affine', domain: 'test.ops', version: 1, inputs: { x: 'T', shift: 'T?' }, outputs: { y: 'T' },
  attributes: { scale: float(2) }, types: { T: ['float32', 'float64'] }, infer: ({ x }) => ({ y: x }),
  kernel: ({ x }, { scale }) => ({ y: { ...x, data: x.data.map((v) => FACTOR * scale * v) } }),
  shader: why, body: why, grad: why,
})]];
`;

/** A folder of models and modules, and the command run in it. */
export interface Workplace {
  readonly folder: string;
  sharmix(...args: readonly string[]): {
    readonly stdout: string;
    readonly stderr: string;
    readonly status: number | null;
  };
  remove(): void;
}

/** Makes the folder. */
export const workplace = (): Workplace => {
  const folder = mkdtempSync(join(tmpdir(), 'sharmix-tools-'));
  // As npm installs it: modules of users import `sharmix/schema`, in Node and on a page.
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(
    fileURLToPath(new URL('../../..', import.meta.url)),
    join(folder, 'node_modules/sharmix'),
  );
  const write = (name: string, content: Uint8Array | string): void =>
    writeFileSync(join(folder, name), content);
  write('head.onnx', headed());
  write('outside.onnx', headed('outside'));
  write('scale.bin', new Uint8Array(new Float32Array([99, 1, 2, 3]).buffer));
  write('custom.onnx', branched());
  write('bodiless.onnx', branched(false));
  write(
    'recursive.onnx',
    changed(branched(), ({ functions }) => {
      functions[0]!.node![0]!.domain = 'test.ops';
      functions[0]!.node![0]!.opType = 'Affine';
    }),
  );
  write('text.onnx', 'hello');
  write('affine.mjs', userModule.replace('FACTOR * ', ''));
  write('wrong.mjs', userModule.replace('FACTOR', '1.5'));
  write('nothing.mjs', 'export const nothing = 1;');
  write('feeds.json', '{"x": [[1, 0.5], [0, -1]]}');
  mkdirSync(join(folder, 'data'));
  const input = tensor('float32', Float32Array.of(1, 2), [1, 2]);
  write('data/input_0.pb', onnx.TensorProto.encode(tensorToProto(input, 'x')).finish());
  return {
    folder,
    sharmix: (...args) => {
      const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
      return { stdout, stderr, status };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};
