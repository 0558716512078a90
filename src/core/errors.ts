// The errors of the library. Built from values, so that the wording lives in one place:
// `where: what rule, got actual. Hint: way out.`

/** The parts of a message. */
export interface ErrorParts {
  /** Operator label (`ai.sharmix@1::SharMiX`), function or file the fault was found in. */
  readonly where: string;
  /** What is wrong: an input, an attribute, a node, an option. */
  readonly what: string;
  /** The rule that was broken: `must be ...`. */
  readonly rule: string;
  /** The value met; left out where there is none. */
  readonly actual?: string;
  /** The way out. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The text of an error: `where: what rule, got actual. Hint: way out.` */
export const formatError = ({ where, what, rule, actual, hint }: ErrorParts): string =>
  `${where}: ${what} ${rule}${actual === undefined ? '' : `, got ${actual}`}.${hint === undefined ? '' : ` Hint: ${hint}.`}`;

/** Base of the library's errors. `code` is stable and meant for programs. */
export class SharmixError extends Error {
  readonly code: string = 'SHARMIX';
  readonly parts: ErrorParts;

  constructor(parts: ErrorParts) {
    super(formatError(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = new.target.name;
    this.parts = parts;
  }
}

/** An operator's definition or an attribute breaks its schema. */
export class SchemaError extends SharmixError {
  override readonly code = 'SCHEMA';
}

/** A rank, axis or dimension is wrong. */
export class ShapeError extends SharmixError {
  override readonly code = 'SHAPE';
}

/** An element type is not allowed here. */
export class DTypeError extends SharmixError {
  override readonly code = 'DTYPE';
}

/** Bytes or a graph that are no valid ONNX model. */
export class ModelError extends SharmixError {
  override readonly code = 'MODEL';
}

/** A session cannot be created or run. */
export class RuntimeError extends SharmixError {
  override readonly code = 'RUNTIME';
}

/** A tfjs model cannot be exported as asked. */
export class ExportError extends SharmixError {
  override readonly code = 'EXPORT';
}

/** Training data, a checkpoint or a tokenizer is unusable. */
export class DataError extends SharmixError {
  override readonly code = 'DATA';
}

/** A JavaScript RangeError with the same wording: for values outside an operator's domain. */
export const rangeError = (parts: ErrorParts): RangeError => new RangeError(formatError(parts));

/** A JavaScript TypeError with the same wording: for arguments of another type, where onnxruntime throws one too. */
export const typeError = (parts: ErrorParts): TypeError => new TypeError(formatError(parts));

/** The message of anything thrown. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
