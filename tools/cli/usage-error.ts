// Wrong use of the command line: exit code 2, with the way out.

/** The command was called wrongly (unknown value, options that exclude each other, a value out of range). */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
