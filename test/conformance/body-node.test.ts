// Function bodies in stock onnxruntime-node.

import '../float16-bits.ts';
import * as ort from 'onnxruntime-node';
import { bodyForm } from '../../src/testing/index.ts';
import { conformanceSuite } from './suite.ts';

conformanceSuite('body-node', bodyForm(ort), {
  dtypes: ['float32', 'float16', 'float64'],
  outOfDomain: 'nan',
});
