// A server of static files on this machine, for looking at a site: GET and HEAD, right types, nothing outside the folder.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RuntimeError, messageOf } from '../../src/schema/index.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.json': 'application/json; charset=utf-8',
  '.onnx': 'application/octet-stream',
};

/** A running server. */
export interface SiteServer {
  readonly url: string;
  close(): Promise<void>;
}

/** The file of a request's path, or undefined where it is outside the folder. */
const fileOf = (folder: string, url: string): string | undefined => {
  const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  const file = resolve(join(folder, path.endsWith('/') ? `${path}index.html` : path));
  return file.startsWith(folder + sep) ? file : undefined;
};

const end = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
};

const answer = async (
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return end(response, 405, 'Only GET and HEAD.');
  }
  let file: string | undefined;
  try {
    file = fileOf(folder, request.url ?? '/');
  } catch {
    return end(response, 400, 'The address cannot be decoded.');
  }
  const info = file === undefined ? undefined : await stat(file).catch(() => undefined);
  if (file === undefined || info === undefined || !info.isFile()) {
    return end(response, 404, 'Not found.');
  }
  response.writeHead(200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Content-Length': info.size,
    'Cache-Control': 'no-cache',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(createReadStream(file), response);
};

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new RuntimeError({
          where: 'serve',
          what: `port ${port}`,
          rule: 'must be free',
          actual: messageOf(cause),
          hint: 'choose another with --port, or any free one with --port 0',
          cause,
        }),
      );
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

/** Serves a folder on 127.0.0.1.
 * @param port - 0: any free one.
 * @throws {RuntimeError} The port is taken. */
export const serveSite = async (folder: string, port: number): Promise<SiteServer> => {
  const base = resolve(folder);
  const server = createServer((request, response) => {
    // A reader that goes away in the middle of a file is no error of the server.
    answer(base, request, response).catch(() => response.destroy());
  });
  const actual = await listen(server, port);
  return {
    url: `http://127.0.0.1:${actual}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
