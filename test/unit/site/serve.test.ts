// The server of a site: types, folders, what is outside, wrong methods, a taken port.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveSite, type SiteServer } from '../../../tools/site/serve.ts';

let folder: string;
let server: SiteServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sharmix-serve-'));
  const site = join(folder, 'site');
  await mkdir(join(site, 'ort'), { recursive: true });
  await writeFile(join(folder, 'secret'), 'secret');
  await writeFile(`${site}-2`, 'secret');
  await writeFile(join(site, 'index.html'), '<title>site</title>');
  await writeFile(join(site, 'model.onnx'), new Uint8Array([1, 2, 3]));
  await writeFile(join(site, 'ort', 'a.wasm'), '');
  await writeFile(join(site, 'ort', 'a.mjs'), '');
  server = await serveSite(site, 0);
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

/** The status of a path sent as it is: fetch would tidy it up. */
const statusOf = (path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });

describe('serveSite', () => {
  it('gives index.html for the folder', async () => {
    const response = await fetch(server.url);
    expect(await response.text()).toBe('<title>site</title>');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it.each([
    ['ort/a.wasm', 'application/wasm'],
    ['ort/a.mjs', 'text/javascript; charset=utf-8'],
    ['model.onnx', 'application/octet-stream'],
  ])('gives %s the type %s', async (path, type) => {
    const response = await fetch(server.url + path);
    expect(response.headers.get('content-type')).toBe(type);
  });

  it('allows threads: the page is isolated from other origins', async () => {
    const { headers } = await fetch(server.url);
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  });

  it.each(['/../secret', '/%2e%2e/secret', '/..%2fsecret', '/../site-2', '/ort', '/missing'])(
    'has nothing at %s',
    async (path) => {
      expect(await statusOf(path)).toBe(404);
    },
  );

  it('answers HEAD without a body', async () => {
    const response = await fetch(`${server.url}model.onnx`, { method: 'HEAD' });
    expect(response.headers.get('content-length')).toBe('3');
    expect(await response.text()).toBe('');
  });

  it('refuses to be written to', async () => {
    const response = await fetch(server.url, { method: 'POST', body: 'x' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it('refuses an address that cannot be decoded', async () => {
    expect(await statusOf('/%E0%A4%A')).toBe(400);
  });

  it('says that a port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(serveSite(folder, port)).rejects.toThrow(
      `serve: port ${port} must be free, got listen EADDRINUSE`,
    );
  });
});
