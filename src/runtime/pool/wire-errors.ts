// Errors between a worker and the program: the library's classes with their parts, JavaScript's own, and whatever else is thrown.

import {
  DataError,
  DTypeError,
  ExportError,
  ModelError,
  RuntimeError,
  SchemaError,
  ShapeError,
  SharmixError,
  type ErrorParts,
} from '../../core/errors.ts';

/** An error that can be posted. */
interface WireError {
  /** The class: of the library, of JavaScript, else `Error`. */
  readonly kind: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Node's or onnxruntime's code. */
  readonly code: string | undefined;
  readonly parts: ErrorParts | undefined;
  readonly cause: WireValue | undefined;
}

/** Anything thrown: an error, a value that can be posted, or the text of one that cannot. */
export type WireValue = { readonly error: WireError } | { readonly value: unknown };

const ownClasses = {
  DataError,
  DTypeError,
  ExportError,
  ModelError,
  RuntimeError,
  SchemaError,
  ShapeError,
  SharmixError,
};
const languageClasses = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError };

const isOwn = (kind: string): kind is keyof typeof ownClasses => Object.hasOwn(ownClasses, kind);
const isLanguage = (kind: string): kind is keyof typeof languageClasses =>
  Object.hasOwn(languageClasses, kind);

/** Causes of causes that are kept: more is a circle. */
const deepest = 16;

const kindOf = (error: Error): string => {
  const kind = error.constructor.name;
  if (error instanceof SharmixError) return isOwn(kind) ? kind : 'SharmixError';
  return isLanguage(kind) ? kind : 'Error';
};

const encodeValue = (value: unknown): WireValue => {
  try {
    return { value: structuredClone(value) };
  } catch {
    return { value: String(value) };
  }
};

/** Something thrown, to be posted. */
export const encodeThrown = (thrown: unknown, depth = 0): WireValue => {
  if (!(thrown instanceof Error)) return encodeValue(thrown);
  const { name, message, stack, cause } = thrown;
  const { code } = thrown as { readonly code?: unknown };
  let parts: ErrorParts | undefined;
  if (thrown instanceof SharmixError) {
    const { cause: _, ...rest } = thrown.parts;
    parts = rest;
  }
  return {
    error: {
      kind: kindOf(thrown),
      name,
      message,
      stack,
      code: typeof code === 'string' ? code : undefined,
      parts,
      cause: cause === undefined || depth >= deepest ? undefined : encodeThrown(cause, depth + 1),
    },
  };
};

const decodeError = ({ kind, name, message, stack, code, parts, cause }: WireError): Error => {
  const inner = cause === undefined ? {} : { cause: decodeThrown(cause) };
  let error: Error;
  if (parts !== undefined && isOwn(kind)) error = new ownClasses[kind]({ ...parts, ...inner });
  else {
    error = new languageClasses[isLanguage(kind) ? kind : 'Error'](message, inner);
    if (name !== error.name) error.name = name;
    if (code !== undefined) Object.assign(error, { code });
  }
  if (stack !== undefined) error.stack = stack;
  return error;
};

/** What was thrown in the worker, with the worker's stack. */
export const decodeThrown = (wire: WireValue): unknown =>
  'error' in wire ? decodeError(wire.error) : wire.value;
