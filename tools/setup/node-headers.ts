// The C headers of the running Node: beside its binary where it was installed with them, else from npm's package of that version.

import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '../../src/schema/index.ts';
import { cached } from './cache.ts';
import { runCommand } from './command.ts';

const hasHeaders = (prefix: string): boolean => existsSync(join(prefix, 'include/node/node_api.h'));

/** Fetches npm's package of the Node binary, which carries `include/`, and keeps the headers alone. */
const packedHeaders = (version: string): Promise<string> =>
  cached(`node-headers-${version}`, async (folder) => {
    const name = `node-linux-${process.arch}@${version}`;
    const pack = await runCommand('npm', ['pack', '--silent', name], {
      cwd: folder,
      timeoutMs: 10 * 60_000,
    });
    const archive = pack.tail.split('\n').at(-1)?.trim();
    const untar =
      pack.status === 0 && archive !== undefined
        ? await runCommand('tar', ['-xzf', archive, 'package/include'], {
            cwd: folder,
            timeoutMs: 60_000,
          })
        : pack;
    if (archive === undefined || untar.status !== 0) {
      throw new DataError({
        where: 'set-up of tfjs-node',
        what: "Node's headers",
        rule: `must lie beside node or come in npm's ${name}`,
        actual: untar.tail.split('\n', 1)[0] ?? '',
      });
    }
    await cp(join(folder, 'package/include'), join(folder, 'include'), { recursive: true });
    await rm(join(folder, 'package'), { recursive: true });
    await rm(join(folder, archive));
  });

/** The prefix that holds `include/node`, as node-gyp's `nodedir` wants it.
 * @throws {DataError} Neither beside the binary nor in a package. */
export const nodeHeaders = async (): Promise<string> => {
  const beside = dirname(dirname(process.execPath));
  if (hasHeaders(beside)) return beside;
  return packedHeaders(process.versions.node);
};
