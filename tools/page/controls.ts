// Sliders, buttons and the square, kept in step: one place that knows where the normaliser stands.

import { element } from './dom.ts';
import { createPad } from './pad.ts';
import { formatIndex, maxIndex, namedPoints, type Settings } from './settings.ts';
import type { TrainedHead } from './trained-head.ts';

/** The controls. */
export interface Controls {
  /** Where they stand. */
  readonly settings: Settings;
}

interface Slider {
  show(value: number): void;
}

/** A slider whose position maps to a value by `decode`. */
const createSlider = (
  id: string,
  encode: (value: number) => number,
  decode: (position: number) => number,
  changed: (value: number) => void,
): Slider => {
  const input = element(id, HTMLInputElement);
  const output = element(`${id}-value`, HTMLOutputElement);
  input.addEventListener('input', () => changed(decode(input.valueAsNumber)));
  input.disabled = false;
  return {
    show: (value) => {
      // Left alone while it says the same: a slider's position is rounded to its step.
      if (Math.abs(decode(input.valueAsNumber) - value) > 1e-9) input.value = String(encode(value));
      output.value = formatIndex(value);
      input.setAttribute('aria-valuetext', formatIndex(value));
    },
  };
};

const same = (value: number): number => value;

/** Wires the controls.
 * @param trained - Where the model stands; the controls start there.
 * @param changed - Called after every move. */
export const createControls = (trained: TrainedHead, changed: () => void): Controls => {
  let settings: Settings = trained;
  const move = (change: Partial<Settings>): void => {
    settings = { ...settings, ...change };
    show();
    changed();
  };
  const sliders = {
    q: createSlider('q', same, same, (q) => move({ q })),
    r: createSlider('r', same, same, (r) => move({ r })),
    temperature: createSlider(
      'temperature',
      Math.log10,
      (position) => 10 ** position,
      (temperature) => move({ temperature }),
    ),
  };
  // A model may stand at an r beyond the square: its slider goes as far.
  const r = element('r', HTMLInputElement);
  r.max = String(Math.max(maxIndex, Math.ceil(trained.r)));
  r.disabled = trained.coupling === 'entmax';
  element('coupling', HTMLParagraphElement).hidden = trained.coupling !== 'entmax';
  const movePoint = createPad((q, r) => move({ q, r }));
  const points = [{ ...trained, name: 'as trained' }, ...namedPoints];
  const buttons = points.map(({ name, q, r }) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.addEventListener('click', () => {
      move(name === 'as trained' ? trained : { q, r });
    });
    return button;
  });
  element('presets', HTMLDivElement).replaceChildren(...buttons);
  const show = (): void => {
    sliders.q.show(settings.q);
    sliders.r.show(settings.r);
    sliders.temperature.show(settings.temperature);
    movePoint(settings.q, settings.r);
    points.forEach(({ name, q, r, ...rest }, i) => {
      const isHere =
        q === settings.q &&
        r === settings.r &&
        (name !== 'as trained' ||
          ('temperature' in rest && rest.temperature === settings.temperature));
      buttons[i]!.setAttribute('aria-pressed', String(isHere));
    });
  };
  show();
  return {
    get settings() {
      return settings;
    },
  };
};
