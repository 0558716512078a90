// The direction of imports, checked by `npm run check`:
// core <- schema <- onnx <- runtime <- {export, testing}; train beside runtime; text beside export;
// ops -> src's public entries; models -> src and ops; tools -> everything.

/** A folder and what it may import beside itself.
 * @param {string} from
 * @param {readonly string[]} allowed */
const only = (from, allowed) => ({
  name: `${from.replaceAll('/', '-')}-imports`,
  comment: `${from} may import only ${allowed.join(', ') || 'nothing of the project'}`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: '^(src|ops|models|tools|test)/',
    pathNot: [from, ...allowed].map((folder) => `^${folder}(/|$)`),
  },
});

/** A package that one file alone imports by name.
 * @param {string} name
 * @param {string} package_
 * @param {string} file */
const oneFile = (name, package_, file) => ({
  name,
  comment: `${package_} is imported by ${file} alone`,
  severity: 'error',
  from: { path: '^(src|ops|models)/', pathNot: `^${file}$` },
  to: { path: `node_modules/${package_}/`, dependencyTypesNot: ['type-only'] },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    only('src/core', []),
    only('src/schema', ['src/core']),
    only('src/onnx', ['src/core', 'src/schema']),
    only('src/runtime', ['src/core', 'src/schema', 'src/onnx']),
    only('src/train', ['src/core', 'src/schema']),
    only('src/text', ['src/core', 'src/schema', 'src/onnx', 'src/runtime']),
    only('src/export', ['src/core', 'src/schema', 'src/onnx', 'src/runtime', 'src/train']),
    only('src/testing', ['src/core', 'src/schema', 'src/onnx', 'src/runtime']),
    only('ops', ['src/[^/]+/index.ts']),
    only('models', ['src', 'ops']),
    {
      name: 'core-is-pure',
      comment: 'src/core and the mathematics use no module of Node and no package',
      severity: 'error',
      from: { path: '^(src/core|ops/sharmix/math)/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-peer'] },
    },
    oneFile('one-protobuf', '(onnx-proto|protobufjs)', 'src/onnx/proto\\.ts'),
    oneFile('one-ort-node', 'onnxruntime-node', 'src/runtime/ort-node\\.ts'),
    oneFile('one-ort-web', 'onnxruntime-web', 'src/runtime/ort-web\\.ts'),
    oneFile('one-tfjs-node', '@tensorflow/tfjs-node', 'src/train/backend\\.ts'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node'],
    },
  },
};
