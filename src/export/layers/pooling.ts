// Means over time: GlobalAveragePooling1D and MaskedMean.

import type { BodyValue } from '../../schema/body.ts';
import type { LayerGraph } from '../layer-graph.ts';
import type { LayerRule, LayerRules } from '../rule.ts';

/** The mean over an axis, which goes. */
const mean = (layer: LayerGraph, x: BodyValue, axis: number): BodyValue =>
  layer.opset >= 18
    ? layer.op('ReduceMean', [x, layer.ints(axis)], { keepdims: { int: 0 } })
    : layer.op('ReduceMean', [x], { axes: { ints: [axis] }, keepdims: { int: 0 } });

const globalAveragePooling1D: LayerRule = (layer) => ({
  value: mean(layer, layer.float(), 1),
  mask: null,
});

/** y = sum_t m[t] x[t]/max(1, sum_t m[t]), the weighted sum as a product [N, 1, T] x [N, T, D]. */
const maskedMean: LayerRule = (layer) => {
  const x = layer.float();
  const { mask } = layer.input;
  if (mask === undefined) return { value: mean(layer, x, 1), mask: null };
  const weights = layer.cast(mask, 'float32');
  const time = layer.ints(1);
  const count = layer.op('ReduceSum', [weights, time], { keepdims: { int: 1 } });
  const share = layer.op('Div', [weights, layer.op('Max', [count, layer.scalar('float32', 1)])]);
  const sum = layer.op('MatMul', [layer.op('Unsqueeze', [share, time]), x]);
  return { value: layer.op('Squeeze', [sum, time]), mask: null };
};

/** Rules of this family. */
export const poolingRules: LayerRules = {
  GlobalAveragePooling1D: globalAveragePooling1D,
  MaskedMean: maskedMean,
};
