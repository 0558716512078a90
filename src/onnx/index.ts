// sharmix/onnx: ONNX models in TypeScript.

export { onnx } from './proto.ts';
