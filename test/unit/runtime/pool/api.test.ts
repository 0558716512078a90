// Sessions in pools answer the calls of onnxruntime's own API tests as ordinary sessions do.

import { apiSuite } from '../api/suite.ts';
import { ort, pooled } from './support.ts';

const subject = { ort, isNode: true, isStock: false };
apiSuite('a pool of threads', { ...subject, options: pooled({ size: 1 }) });
apiSuite('a pool of processes', { ...subject, options: pooled({ size: 1, isolation: 'process' }) });
