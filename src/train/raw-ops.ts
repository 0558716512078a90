// TensorFlow ops by name, through tfjs-node's backend: resources (variables TensorFlow itself holds) and what reads and updates them.

import { tf } from './tf.ts';

interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The part of tfjs-node's backend that runs TensorFlow ops by name. */
interface NodeBackend {
  readonly binding: Readonly<
    Record<
      'TF_FLOAT' | 'TF_ATTR_TYPE' | 'TF_ATTR_STRING' | 'TF_ATTR_SHAPE' | 'TF_ATTR_BOOL',
      number
    >
  >;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: tf.Tensor[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

const backend = (): NodeBackend => tf.backend() as unknown as NodeBackend;

const float = (name: string): OpAttribute => {
  const { TF_ATTR_TYPE, TF_FLOAT } = backend().binding;
  return { name, type: TF_ATTR_TYPE, value: TF_FLOAT };
};

const flag = (name: string, value: boolean): OpAttribute => ({
  name,
  type: backend().binding.TF_ATTR_BOOL,
  value,
});

let resources = 0;

/** A float32 resource of a shape, holding `value`. To be given back with {@link destroyResource}. */
export const createResource = (value: tf.Tensor): tf.Tensor => {
  const { TF_ATTR_STRING, TF_ATTR_SHAPE } = backend().binding;
  const handle = backend().executeSingleOutput(
    'VarHandleOp',
    [
      { name: 'container', type: TF_ATTR_STRING, value: '' },
      // Resources of one name are one resource.
      { name: 'shared_name', type: TF_ATTR_STRING, value: `sharmix_${resources++}` },
      float('dtype'),
      { name: 'shape', type: TF_ATTR_SHAPE, value: value.shape },
    ],
    [],
  );
  backend().executeMultipleOutputs('AssignVariableOp', [float('dtype')], [handle, value], 0);
  return tf.keep(handle);
};

/** The value of a resource: shares its memory until the next update. */
export const readResource = (handle: tf.Tensor): tf.Tensor =>
  backend().executeSingleOutput('ReadVariableOp', [float('dtype')], [handle]);

/** Frees a resource and its handle. */
export const destroyResource = (handle: tf.Tensor): void => {
  backend().executeMultipleOutputs(
    'DestroyResourceOp',
    [flag('ignore_lookup_error', false)],
    [handle],
    0,
  );
  handle.dispose();
};

/** Inputs of ResourceApplyAdam after the three resources. All scalars but the gradient. */
export interface AdamInputs {
  readonly beta1Power: tf.Tensor;
  readonly beta2Power: tf.Tensor;
  readonly learningRate: tf.Tensor;
  readonly beta1: tf.Tensor;
  readonly beta2: tf.Tensor;
  readonly epsilon: tf.Tensor;
  readonly gradient: tf.Tensor;
}

/** One fused step of Adam on a resource and its two moments: one pass instead of fourteen. */
export const applyAdam = (
  resource: tf.Tensor,
  m: tf.Tensor,
  v: tf.Tensor,
  inputs: AdamInputs,
): void => {
  const { beta1Power, beta2Power, learningRate, beta1, beta2, epsilon, gradient } = inputs;
  backend().executeMultipleOutputs(
    'ResourceApplyAdam',
    [float('T'), flag('use_locking', false), flag('use_nesterov', false)],
    [resource, m, v, beta1Power, beta2Power, learningRate, beta1, beta2, epsilon, gradient],
    0,
  );
};

/** `sum(x^2) / 2` without a temporary. */
export const l2Loss = (x: tf.Tensor): tf.Tensor =>
  backend().executeSingleOutput('L2Loss', [float('T')], [x]);
