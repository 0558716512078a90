// What a session keeps of its model to be built again: the caller's own bytes, by reference, or the URL, to be fetched again.
// Either way the model must be the same then: its digest is.

import { RuntimeError } from '../core/errors.ts';

/** SHA-256; undefined where the page is no secure context (WebGPU needs one too). */
const digestOf = async (bytes: Uint8Array): Promise<string | undefined> => {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) return undefined;
  return new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).join();
};

/** Tells whether bytes are those a session was made of. Keeps their digest alone. */
export class ModelKeeper {
  readonly #digest: Promise<string | undefined>;

  constructor(bytes: Uint8Array) {
    this.#digest = digestOf(bytes);
    this.#digest.catch(() => undefined);
  }

  /** @throws {RuntimeError} The bytes are others. */
  async check(bytes: Uint8Array, where: string): Promise<void> {
    if ((await this.#digest) === (await digestOf(bytes))) return;
    throw new RuntimeError({
      where,
      what: 'the model',
      rule: 'must be the one the session was created from, to build the session again',
      actual: `${bytes.length} other bytes`,
      hint: 'keep the array or the file as it is while the session lives',
    });
  }
}
