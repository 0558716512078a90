// A program that compiles against onnxruntime compiles unchanged with this package's types in scope, under the settings programs have.

import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const program = `${root}test/types/ort-program.ts`;
const api = `${root}test/types/session-api.ts`;
const types = `${root}dist/src/runtime/index.d.ts`;

const strict: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  typeRoots: [`${root}node_modules/@types`],
  types: ['node'],
};

const settings: readonly (readonly [string, ts.CompilerOptions])[] = [
  ['strict, in Node', strict],
  [
    'strict, for the web by a bundler, without types of Node',
    {
      ...strict,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
      types: [],
    },
  ],
];

/** Messages of the compiler about these files, and about the package's own declarations. */
const messages = (files: readonly string[], options: ts.CompilerOptions): readonly string[] =>
  ts
    .getPreEmitDiagnostics(ts.createProgram(files, { ...options, skipLibCheck: true }))
    .map(({ file, messageText }) => {
      const text = ts.flattenDiagnosticMessageText(messageText, '\n');
      return `${file?.fileName.slice(root.length) ?? ''}: ${text}`;
    });

describe.each(settings)('%s', (_, options) => {
  it('a program for onnxruntime compiles alone, and beside the package’s types', () => {
    expect(messages([program], options)).toEqual([]);
    expect(messages([program, types], options)).toEqual([]);
  });

  it('what the package adds compiles, and what it refuses does not', () => {
    expect(messages([api], options)).toEqual([]);
  });
});

it('the additions themselves compile where declarations are checked', () => {
  const files = ['augmentation.d.ts', 'augmentation-cjs.d.cts'].map(
    (name) => `${root}dist/src/runtime/${name}`,
  );
  const own = ts.createProgram(files, { ...strict, skipLibCheck: false });
  const found = files.flatMap((name) => {
    const file = own.getSourceFile(name);
    return file === undefined
      ? [`${name} is missing`]
      : own.getSemanticDiagnostics(file).map(({ messageText }) => messageText);
  });
  expect(found).toEqual([]);
});
