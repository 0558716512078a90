// The classes as bars, and the best of them in words.

import { element } from './dom.ts';
import { formatProbability } from './settings.ts';

interface Row {
  readonly item: HTMLLIElement;
  readonly value: HTMLSpanElement;
  readonly fill: HTMLSpanElement;
}

const createRow = (label: string): Row => {
  const span = (className: string, text = ''): HTMLSpanElement => {
    const made = document.createElement('span');
    made.className = className;
    made.textContent = text;
    return made;
  };
  const item = document.createElement('li');
  const value = span('value');
  const track = span('track');
  const fill = span('fill');
  track.append(fill);
  track.setAttribute('aria-hidden', 'true');
  item.append(span('name', label), value, track);
  return { item, value, fill };
};

/** Makes a bar for each label.
 * @returns Shows probabilities, in the order of the labels. */
export const createBars = (
  labels: readonly string[],
): ((probabilities: ArrayLike<number>) => void) => {
  const rows = labels.map(createRow);
  element('bars', HTMLUListElement).replaceChildren(...rows.map(({ item }) => item));
  const summary = element('summary', HTMLParagraphElement);
  return (probabilities) => {
    let best = 0;
    for (let i = 1; i < rows.length; i++) {
      if (probabilities[i]! > probabilities[best]!) best = i;
    }
    rows.forEach(({ item, value, fill }, i) => {
      const p = probabilities[i]!;
      item.classList.toggle('zero', p === 0);
      item.classList.toggle('best', i === best);
      item.dataset['probability'] = String(p);
      value.textContent = formatProbability(p);
      fill.style.setProperty('--share', String(p));
    });
    const zeros = rows.filter((_, i) => probabilities[i] === 0).length;
    const ruledOut = zeros === 0 ? 'no class is' : `${zeros} of ${rows.length} classes`;
    summary.textContent = `Most likely ${labels[best]}; ${ruledOut} exactly zero.`;
  };
};
