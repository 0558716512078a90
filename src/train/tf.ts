// The one import of @tensorflow/tfjs. tfjs-node, where it is loaded, shares its engine.

export * as tf from '@tensorflow/tfjs';
