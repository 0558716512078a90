// A byte-pair model out of its files: ids of pieces, ranks of merges, special and added tokens, as onnxruntime-extensions reads them.

import { dataError } from './common.ts';

/** The id of what the vocabulary lacks, in the peer too. */
export const noId = 0xff_ff_ff_ff;

interface Merge {
  readonly rank: number;
  readonly id: number;
}

/** A piece of a merge and its length in bytes. */
export interface Piece {
  readonly id: number;
  readonly bytes: number;
}

/** Segments of a text: an id for a special or added token, undefined for text. */
export interface Segment {
  readonly text: string;
  readonly id: number | undefined;
}

/** What a byte-pair model is made from. */
export interface BpeFiles {
  /** Label of the operator, for messages. */
  readonly type: string;
  readonly vocab: string;
  readonly merges: string;
  readonly added: string;
  /** Special tokens, each given an id where the vocabulary lacks it. */
  readonly special: readonly string[];
}

const parseVocabulary = ({ type, vocab }: BpeFiles): Map<string, number> => {
  if (vocab === '') dataError(type, 'attribute vocab', 'must not be empty');
  let parsed: unknown;
  try {
    parsed = JSON.parse(vocab);
  } catch (cause) {
    return dataError(type, 'attribute vocab', 'must be JSON', { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return dataError(type, 'attribute vocab', 'must be an object of pieces and their ids');
  }
  const ids = new Map<string, number>();
  for (const [piece, id] of Object.entries(parsed)) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) {
      dataError(type, 'attribute vocab', 'must have a whole number >= 0 for each piece', {
        actual: `${JSON.stringify(id)} for ${JSON.stringify(piece)}`,
      });
    }
    ids.set(piece, id as number);
  }
  return ids;
};

const lines = (text: string): string[] =>
  text.split('\n').flatMap((line) => line.replaceAll('\r', '') || []);

/** A byte-pair model. */
export class BpeModel {
  readonly #ids: Map<string, number>;
  /** Merges by their right piece, by their left one. */
  readonly #merges = new Map<number, Map<number, Merge>>();
  readonly #special: readonly string[];
  readonly #added = new Map<string, number>();

  /** @throws {DataError} A file that cannot be read. */
  constructor(files: BpeFiles) {
    this.#ids = parseVocabulary(files);
    this.#special = files.special;
    // The first special token is the unknown one: it is known before the merges are.
    this.#know(files.special[0]!);
    this.#readMerges(files);
    for (const token of files.special) this.#know(token);
    for (const line of lines(files.added)) {
      const at = line.lastIndexOf('=');
      const id = /^-?\d+/.exec(line.slice(at + 1));
      if (at < 1 || id === null) {
        dataError(files.type, 'attribute added_token', 'must hold lines of a token, = and its id', {
          actual: JSON.stringify(line),
        });
      }
      this.#added.set(line.slice(0, at), Number(id));
    }
  }

  #know(token: string): void {
    if (!this.#ids.has(token)) this.#ids.set(token, this.#ids.size);
  }

  #readMerges({ type, merges }: BpeFiles): void {
    if (merges === '') dataError(type, 'attribute merges', 'must not be empty');
    let rank = 0;
    for (const line of lines(merges)) {
      if (rank === 0 && line.startsWith('#')) continue;
      const at = line.indexOf(' ');
      if (at === -1) {
        dataError(type, 'attribute merges', 'must hold lines of two pieces and a space', {
          actual: JSON.stringify(line),
        });
      }
      const [left, right] = [line.slice(0, at), line.slice(at + 1)];
      const ranks = this.#merges.get(this.idOf(left)) ?? new Map<number, Merge>();
      ranks.set(this.idOf(right), { rank, id: this.idOf(left + right) });
      this.#merges.set(this.idOf(left), ranks);
      rank += 1;
    }
  }

  /** The id of a piece, {@link noId} where there is none. */
  idOf(piece: string): number {
    return this.#ids.get(piece) ?? noId;
  }

  /** Pieces merged by rank until no merge fits. */
  merge(pieces: readonly Piece[]): readonly Piece[] {
    let now = pieces;
    while (now.length > 1) {
      let best: Merge | undefined;
      let first = -1;
      for (let i = 0; i + 1 < now.length; i++) {
        const merge = this.#merges.get(now[i]!.id)?.get(now[i + 1]!.id);
        if (merge === undefined || (best !== undefined && merge.rank >= best.rank)) continue;
        best = merge;
        first = i;
      }
      if (best === undefined) break;
      now = mergeAll(now, first, best.id);
    }
    return now;
  }

  /** A text cut at added tokens, the rest of it at special ones. */
  split(text: string): Segment[] {
    return splitAdded(text, this.#added).flatMap((segment) =>
      segment.id === undefined ? this.#splitSpecial(segment.text) : segment,
    );
  }

  #splitSpecial(text: string): Segment[] {
    let segments: Segment[] = [{ text, id: undefined }];
    for (const token of this.#special) {
      const between: Segment = { text: token, id: this.idOf(token) };
      segments = segments.flatMap((segment) => {
        if (segment.id !== undefined) return segment;
        return segment.text
          .split(token)
          .flatMap((part, i): Segment[] => [
            ...(i > 0 ? [between] : []),
            ...(part === '' ? [] : [{ text: part, id: undefined }]),
          ]);
      });
    }
    return segments;
  }
}

/** Every pair equal to the one at `first` merged, from there on; a merged piece is looked at again with the next one. */
const mergeAll = (pieces: readonly Piece[], first: number, id: number): Piece[] => {
  const [left, right] = [pieces[first]!.id, pieces[first + 1]!.id];
  const merged = pieces.slice(0, first);
  let current = pieces[first]!;
  for (const next of pieces.slice(first + 1)) {
    if (current.id === left && next.id === right) {
      current = { id, bytes: current.bytes + next.bytes };
    } else {
      merged.push(current);
      current = next;
    }
  }
  merged.push(current);
  return merged;
};

/** A text cut at added tokens, the longest one at each place. */
const splitAdded = (text: string, added: ReadonlyMap<string, number>): Segment[] => {
  const tokens = [...added.keys()].toSorted((a, b) => b.length - a.length);
  const segments: Segment[] = [];
  let from = 0;
  const textUntil = (end: number): void => {
    if (end > from) segments.push({ text: text.slice(from, end), id: undefined });
  };
  for (let at = 0; at < text.length;) {
    const token = tokens.find((one) => text.startsWith(one, at));
    if (token === undefined) {
      at += 1;
      continue;
    }
    textUntil(at);
    segments.push({ text: token, id: added.get(token)! });
    at += token.length;
    from = at;
  }
  textUntil(text.length);
  return segments;
};
