// sharmix/ops/text: the text classifier's tokenizer as an operator, and models that take text with it.

export { textTokens } from './operator.ts';
export { withTextInput, type TextInputOptions } from './with-text-input.ts';
