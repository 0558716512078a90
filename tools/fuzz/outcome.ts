// What became of one subject on each side, and whether the two may differ.

/** How one side ended. */
export type Attempt =
  | { readonly end: 'outputs'; readonly digest: string }
  | {
      readonly end: 'create error' | 'run error';
      readonly name: string;
      readonly message: string;
    }
  /** The process died of it (`message`: signal or exit status), or did not end in time. */
  | { readonly end: 'crash' | 'hang'; readonly message: string };

/** Whether our reader refused the model. */
export const isRefusal = (attempt: Attempt): boolean =>
  attempt.end === 'create error' && attempt.name === 'ModelError';

const ownErrors = ['ModelError', 'RuntimeError', 'SchemaError', 'DTypeError', 'ShapeError'];

/** Whether it ended with an error of ours: one that says what is wrong. */
export const isOwnError = (attempt: Attempt): boolean =>
  'name' in attempt && ownErrors.includes(attempt.name);

/** A difference that is not allowed. `unclear`: an error that is neither ours nor onnxruntime's. `stricter`: an error where plain
 * onnxruntime answers. */
export type Finding = 'crash' | 'hang' | 'wrong' | 'stricter' | 'unclear';

/** What an engine says where our code made a mistake. */
const mistake =
  /Cannot read prop|is not a function|is not iterable|Maximum call stack|Cannot mix|is not defined/;

const engineErrors = ['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError'];

/** Errors of onnxruntime that come with a cut: a Loop whose body declares no shapes needs those of the values it starts with, and no
 * shape is known where a session's output is another's input; and the rank a model declares for a value there is held against it. */
const knownLimits = [
  /Initialize Loop subgraph input \d+ has unknown shape/,
  /Invalid rank for input: .* Please fix either the inputs\/outputs or the model/,
];

/** Whether ours ends in a limit that is known. */
export const isKnownLimit = (own: Attempt): boolean =>
  'name' in own && knownLimits.some((limit) => limit.test(own.message));

/** The difference between ours and plain onnxruntime; undefined where all is well.
 * @param isDamaged - Whether the model's bytes were changed: we may refuse what is damaged with an error of our own, even where
 *   plain onnxruntime reads over it. */
export const findingOf = (
  plain: Attempt,
  own: Attempt,
  isDamaged: boolean,
): Finding | undefined => {
  if (own.end === 'crash' || own.end === 'hang') {
    // Where plain onnxruntime dies of the same model, so may a session of it inside ours.
    return plain.end === 'crash' || plain.end === 'hang' ? undefined : own.end;
  }
  if (own.end === 'outputs') {
    return plain.end === 'outputs' && plain.digest !== own.digest ? 'wrong' : undefined;
  }
  if (!('name' in own)) return undefined;
  // onnxruntime's own errors are of the class Error and say the same on both sides, but where a cut moved the fault.
  const isEngine = engineErrors.includes(own.name);
  const isPlains = 'message' in plain && plain.message === own.message;
  if ((isEngine && !isPlains) || mistake.test(own.message)) return 'unclear';
  if (isDamaged && (isOwnError(own) || isKnownLimit(own))) return undefined;
  return plain.end === 'outputs' ? 'stricter' : undefined;
};
