// sharmix/ops: every operator of the package. A new operator is one folder and one line here.

export { sharmix } from './sharmix/index.ts';
