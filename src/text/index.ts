// sharmix/text: text in, labelled probabilities out. Runs in Node and in browsers.

export {
  loadClassifier,
  type Classification,
  type ClassifierOptions,
  type ClassifierProvider,
  type TextClassifier,
} from './classifier.ts';
export { fitTokenizer, type FitTokenizerOptions } from './fit-tokenizer.ts';
export { endings, formOf, type LemmaSource, type LemmaTableJson } from './lemma-table.ts';
export {
  checkLabels,
  metadataKeys,
  readMetadata,
  writeMetadata,
  type ClassifierMetadata,
  type Metrics,
} from './metadata.ts';
export {
  largestLength,
  largestVocabulary,
  paddingId,
  Tokenizer,
  unknownId,
  type TokenizerJson,
} from './tokenizer.ts';
export { foldedTokens, normaliseText, tokensOf } from './tokens.ts';
