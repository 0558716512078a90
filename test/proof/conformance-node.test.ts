// ONNX's conformance cases through the provider, onnxruntime-node inside.

import * as ort from 'onnxruntime-node';
import { conformance } from './conformance.ts';

conformance('node', { ort, inner: 'cpu', seeds: [1, 2, 3] });
