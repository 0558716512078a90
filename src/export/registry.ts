// Exporters by class name of the layer: the ones given in a call, then the registered ones, then the package's.

import { ExportError } from '../core/errors.ts';
import { builtinRules } from './layers/index.ts';
import type { LayerRule, LayerRules } from './rule.ts';

const registered = new Map<string, LayerRule>();

/** Makes `exportModel` export layers of a class.
 *
 * @example
 * ```ts
 * registerExporter('Scale', (layer) => ({
 *   value: layer.op('Mul', [layer.float(), layer.weight('factor')]),
 * }));
 * ```
 * @param className - The layer's `className`, as tfjs serialises it.
 * @param rule - Replaces a rule that is there already, of tfjs's own layers too. */
export const registerExporter = (className: string, rule: LayerRule): void => {
  if (className === '') {
    throw new ExportError({
      where: 'registerExporter',
      what: 'className',
      rule: 'must not be empty',
    });
  }
  registered.set(className, rule);
};

/** Looks rules up.
 * @param given - Rules of one call; they go before all others.
 * @param defaults - Rules that come with operators; they go after the registered ones. */
export const ruleLookup =
  (given: LayerRules, defaults: LayerRules) =>
  (className: string): LayerRule | undefined => {
    const own = (rules: LayerRules): LayerRule | undefined =>
      Object.hasOwn(rules, className) ? rules[className] : undefined;
    return own(given) ?? registered.get(className) ?? own(defaults) ?? own(builtinRules);
  };
