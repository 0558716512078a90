// A server of static files for test pages, with the headers a test chooses: cross-origin isolation, a content security policy.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Headers that give a page SharedArrayBuffer. */
export const isolated: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** The strictest policy for scripts under which WebAssembly still compiles. */
export const strictPolicy: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:",
};

/** A running server. */
export interface FileServer {
  /** `http://localhost:1234/`: a secure context, as WebGPU needs. */
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Serves a folder on this machine, each answer with `headers`. */
export const serveFolder = async (
  folder: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<FileServer> => {
  const base = resolve(folder);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
      requests.push(path);
      const file = resolve(join(base, path.endsWith('/') ? `${path}index.html` : path));
      const info = await stat(file).catch(() => undefined);
      if (!file.startsWith(base + sep) || info?.isFile() !== true) {
        response.writeHead(404, headers).end();
        return;
      }
      response.writeHead(200, {
        'Content-Type': types[extname(file)] ?? 'application/octet-stream',
        'Content-Length': info.size,
        'Cache-Control': 'no-store',
        ...headers,
      });
      await pipeline(createReadStream(file), response);
    };
    // A browser that is closed in the middle of a file is no error of the server.
    answer().catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    requests,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};
