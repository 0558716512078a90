// Writes the folder of a new operator out of the template, which is an operator that works: in a user's project as JavaScript or
// TypeScript with a test, in this package's repository as one of its own operators.

import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DataError, messageOf } from '../../src/schema/index.ts';
import { root } from '../root.ts';
import { readmeOf } from './readme.ts';

/** What is to be made. */
export interface NewOp {
  /** Kebab-case: `soft-clip`. */
  readonly name: string;
  /** Left out: `com.example`, and `ai.sharmix` in this package's repository. */
  readonly domain?: string;
  /** TypeScript in place of JavaScript, in a user's project. */
  readonly typescript: boolean;
  /** The folder the command is called in. */
  readonly cwd: string;
}

/** What was made. */
export interface MadeOp {
  readonly label: string;
  readonly folder: string;
  readonly files: readonly string[];
  /** The command that tests it. */
  readonly test: string;
}

const parts = ['schema', 'infer', 'kernel', 'shader', 'body', 'grad', 'cases', 'index'] as const;

interface Project {
  readonly name: string | undefined;
  readonly isModule: boolean;
  /** This package's own repository. */
  readonly isOwn: boolean;
  readonly folder: string;
}

/** The package the folder is in. */
const projectOf = (cwd: string): Project => {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name, type } = JSON.parse(readFileSync(manifest, 'utf8')) as {
        readonly name?: string;
        readonly type?: string;
      };
      const isOwn = name === 'sharmix' && existsSync(join(folder, 'ops', 'index.ts'));
      return { name, isModule: type === 'module', isOwn, folder };
    }
    if (dirname(folder) === folder)
      return { name: undefined, isModule: false, isOwn: false, folder: resolve(cwd) };
  }
};

const words = (name: string): readonly string[] => name.split('-');
const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** SoftClip and softClip of soft-clip. */
const namesOf = (name: string): { readonly type: string; readonly value: string } => {
  const type = words(name).map(capital).join('');
  return { type, value: type.slice(0, 1).toLowerCase() + type.slice(1) };
};

interface Style {
  /** Extension of the files. */
  readonly extension: string;
  /** Where `sharmix/schema` and `sharmix/testing` are, as the files import them. */
  readonly entry: (name: 'schema' | 'testing') => string;
  readonly isTypeScript: boolean;
}

const styleOf = ({ isOwn, isModule }: Project, typescript: boolean): Style => {
  if (isOwn) {
    return { extension: 'ts', entry: (name) => `../../src/${name}/index.ts`, isTypeScript: true };
  }
  const entry = (name: string): string => `sharmix/${name}`;
  if (typescript) return { extension: isModule ? 'ts' : 'mts', entry, isTypeScript: true };
  return { extension: isModule ? 'js' : 'mjs', entry, isTypeScript: false };
};

const template = async (part: string, isTypeScript: boolean): Promise<string> => {
  const file = isTypeScript ? `${part}.ts.txt` : `${part}.js`;
  return readFile(join(root, 'dist', 'tools', 'new-op', 'template', file), 'utf8');
};

/** A file of the template under the operator's names. */
const rendered = (
  text: string,
  { type, value }: ReturnType<typeof namesOf>,
  domain: string,
  project: Project,
  { extension, entry }: Style,
): string =>
  text
    .replaceAll(
      /['"]\.\.\/\.\.\/\.\.\/src\/(schema|testing)\/index\.[jt]s['"]/g,
      (_, name: 'schema' | 'testing') => `'${entry(name)}'`,
    )
    .replaceAll(/['"]\.\/(\w+)\.[jt]s['"]/g, (_, file: string) => `'./${file}.${extension}'`)
    .replaceAll('TemplateOp', type)
    .replaceAll('templateOp', value)
    .replaceAll('com.example', domain)
    .replace(/^ *package: 'template-package',\n/m, (line) =>
      project.name === undefined ? '' : line.replace('template-package', project.name),
    );

const check = ({ name, domain }: NewOp, folder: string): void => {
  const fail = (what: string, rule: string, actual: string, hint?: string): never => {
    throw new DataError({
      where: 'new-op',
      what,
      rule,
      actual,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  if (!/^[a-z][a-z\d]*(-[a-z\d]+)*$/.test(name)) {
    fail(
      'the name',
      'must be lower-case words with hyphens',
      name,
      'soft-clip makes the operator SoftClip',
    );
  }
  if (domain !== undefined && (!/^[\w.-]+$/.test(domain) || domain === 'ai.onnx')) {
    fail(
      'the domain',
      'must be one of your own, not the standard ONNX domain',
      domain,
      'com.example.ops',
    );
  }
  if (existsSync(folder)) fail('the folder', 'must not exist', folder, 'choose another name');
};

/** Adds the operator to ops/index.ts of this package's repository. */
const list = async (project: Project, name: string, value: string): Promise<void> => {
  const path = join(project.folder, 'ops', 'index.ts');
  const text = await readFile(path, 'utf8');
  const line = `export { ${value} } from './${name}/index.ts';\n`;
  await writeFile(path, `${text.trimEnd()}\n${line}`);
};

/** Writes the folder, whole or not at all.
 * @throws {DataError} The name or domain is none, the folder exists, or it cannot be written. */
export const makeOp = async (wanted: NewOp): Promise<MadeOp> => {
  const project = projectOf(wanted.cwd);
  const folder = project.isOwn
    ? join(project.folder, 'ops', wanted.name)
    : resolve(wanted.cwd, wanted.name);
  check(wanted, folder);
  const { name } = wanted;
  const style = styleOf(project, wanted.typescript);
  const names = namesOf(name);
  const domain = wanted.domain ?? (project.isOwn ? 'ai.sharmix' : 'com.example');
  const label = `${domain}@1::${names.type}`;
  const { extension, isTypeScript } = style;
  const files = new Map<string, string>();
  const add = async (part: string, file: string): Promise<void> => {
    files.set(file, rendered(await template(part, isTypeScript), names, domain, project, style));
  };
  for (const part of parts) await add(part, `${part}.${extension}`);
  const testFile = `${name}.test.${extension}`;
  // In the repository the conformance suite of all operators takes it up.
  if (!project.isOwn) await add('test', testFile);
  const use = project.isOwn ? 'sharmix/ops' : `./${name}/index.${extension}`;
  files.set('README.md', readmeOf(label, names.value, use));
  const draft = `${folder}.partial-${process.pid}`;
  try {
    await mkdir(draft, { recursive: true });
    for (const [file, text] of files) await writeFile(join(draft, file), text);
    await rename(draft, folder);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    throw new DataError({
      where: folder,
      what: 'the folder',
      rule: 'must be writable',
      actual: messageOf(cause),
      cause,
    });
  }
  if (project.isOwn) await list(project, name, names.value);
  return {
    label,
    folder,
    files: [...files.keys()],
    test: project.isOwn ? 'npm test' : `node --test ${name}/${testFile}`,
  };
};
