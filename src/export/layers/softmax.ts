// tfjs's Softmax layer: over one axis or several, with the mask it adds.

import type { LayerGraph } from '../layer-graph.ts';
import type { LayerRule, LayerRules } from '../rule.ts';
import type { BodyValue } from '../../schema/body.ts';

/** exp(x - logsumexp(x)) over several axes. */
const overAxes = (layer: LayerGraph, x: BodyValue, axes: readonly number[]): BodyValue => {
  const sum =
    layer.opset >= 18
      ? layer.op('ReduceLogSumExp', [x, layer.ints(...axes)], { keepdims: { int: 1 } })
      : layer.op('ReduceLogSumExp', [x], { axes: { ints: axes }, keepdims: { int: 1 } });
  return layer.op('Exp', [layer.op('Sub', [x, sum])]);
};

const softmax: LayerRule = (layer) => {
  let x = layer.float();
  const { mask } = layer.input;
  if (mask !== undefined) {
    const one = layer.scalar('float32', 1);
    const hidden = layer.op('Sub', [one, layer.cast(mask, 'float32')]);
    x = layer.op('Add', [x, layer.op('Mul', [hidden, layer.scalar('float32', -1e9)])]);
  }
  const axes = [layer.config['axis'] as number | readonly number[]].flat();
  if (axes.length > 1) return { value: overAxes(layer, x, axes) };
  return { value: layer.op('Softmax', [x], { axis: { int: axes[0]! } }) };
};

/** Rules of this family. */
export const softmaxRules: LayerRules = { Softmax: softmax };
