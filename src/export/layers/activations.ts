// tfjs's activations by name as ONNX nodes.

import type { BodyValue } from '../../schema/body.ts';
import type { LayerGraph } from '../layer-graph.ts';

type Activation = (layer: LayerGraph, x: BodyValue) => BodyValue;

const node =
  (type: string): Activation =>
  (layer, x) =>
    layer.op(type, [x]);

const constant = (layer: LayerGraph, value: number): BodyValue => layer.scalar('float32', value);

/** x (1 + erf(x/sqrt 2))/2 */
const gelu: Activation = (layer, x) => {
  if (layer.opset >= 20) return layer.op('Gelu', [x]);
  const erf = layer.op('Erf', [layer.op('Mul', [x, constant(layer, Math.SQRT1_2)])]);
  const cdf = layer.op('Add', [erf, constant(layer, 1)]);
  return layer.op('Mul', [layer.op('Mul', [x, constant(layer, 0.5)]), cdf]);
};

/** x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))/2 */
const geluNew: Activation = (layer, x) => {
  if (layer.opset >= 20) return layer.op('Gelu', [x], { approximate: { string: 'tanh' } });
  const cube = layer.op('Mul', [layer.op('Mul', [x, x]), x]);
  const inner = layer.op('Add', [x, layer.op('Mul', [cube, constant(layer, 0.044715)])]);
  const tanh = layer.op('Tanh', [
    layer.op('Mul', [inner, constant(layer, Math.sqrt(2 / Math.PI))]),
  ]);
  const cdf = layer.op('Add', [tanh, constant(layer, 1)]);
  return layer.op('Mul', [layer.op('Mul', [x, constant(layer, 0.5)]), cdf]);
};

const activations: Readonly<Record<string, Activation>> = {
  linear: (_, x) => x,
  relu: node('Relu'),
  relu6: (layer, x) => layer.op('Clip', [x, constant(layer, 0), constant(layer, 6)]),
  elu: node('Elu'),
  selu: node('Selu'),
  sigmoid: node('Sigmoid'),
  hardSigmoid: (layer, x) =>
    layer.op('HardSigmoid', [x], { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  softplus: node('Softplus'),
  softsign: node('Softsign'),
  tanh: node('Tanh'),
  softmax: (layer, x) => layer.op('Softmax', [x], { axis: { int: -1 } }),
  logSoftmax: (layer, x) => layer.op('LogSoftmax', [x], { axis: { int: -1 } }),
  gelu,
  gelu_new: geluNew,
  mish: (layer, x) =>
    layer.opset >= 18
      ? layer.op('Mish', [x])
      : layer.op('Mul', [x, layer.op('Tanh', [layer.op('Softplus', [x])])]),
  swish: (layer, x) => layer.op('Mul', [x, layer.op('Sigmoid', [x])]),
};

/** The layer's activation (`config.activation`) on a float32 value; `linear` adds no node.
 * @throws {ExportError} The activation is not one of tfjs's. */
export const activate = (layer: LayerGraph, x: BodyValue): BodyValue => {
  const name = layer.config['activation'] ?? 'linear';
  const activation =
    typeof name === 'string' && Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (activation !== undefined) return activation(layer, x);
  return layer.fail({
    what: 'activation',
    rule: `must be one of ${Object.keys(activations).join(', ')}`,
    actual: JSON.stringify(name),
    hint: `registerExporter('${layer.layer.getClassName()}', rule) of sharmix/export takes the layer over`,
  });
};
