// What an exporter of a layer is: a rule from the layer and its input values to its output values.

import type { LayerGraph } from './layer-graph.ts';
import type { LayerOutput } from './values.ts';

/** Exports one call of a layer: adds its nodes to the graph and returns its outputs, in tfjs's order. */
export type LayerRule = (layer: LayerGraph) => LayerOutput | readonly LayerOutput[];

/** Exporters by class name of the layer. */
export type LayerRules = Readonly<Record<string, LayerRule>>;
