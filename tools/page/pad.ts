// The (q, r) square: named points, the lines of entmax and normmax, and the point where the normaliser stands. For the pointer;
// sliders and buttons do the same from the keyboard.

import { element, svg } from './dom.ts';
import { maxIndex, minIndex, namedPoints, normmaxR, withinIndex } from './settings.ts';

/** Side of the square in the units of the drawing. */
const side = 100;

const x = (q: number): number => ((q - minIndex) / (maxIndex - minIndex)) * side;
const y = (r: number): number => side - ((r - minIndex) / (maxIndex - minIndex)) * side;

/** Where a name stands from its point: inside the square and off the lines. */
const nameOffsets: Readonly<Record<string, readonly [x: number, y: number]>> = {
  softmax: [9, -1.5],
  'entmax 1.5': [-4, -1.5],
  sparsemax: [-10, 6],
};

const pointShapes = namedPoints.flatMap(({ name, q, r }) => {
  const [dx, dy] = nameOffsets[name] ?? [4, 5];
  const anchor = dx < 0 ? 'end' : 'start';
  const at = { x: x(q) + dx, y: y(r) + dy, 'text-anchor': anchor };
  return [
    svg('circle', { class: 'point', cx: x(q), cy: y(r), r: 1.6 }),
    svg('text', { class: 'point-name', ...at }, name),
  ];
});

const normmaxCurve = (): string => {
  const points = Array.from({ length: 41 }, (_, i) => minIndex + i / 40);
  return points.map((q) => `${x(q).toFixed(2)},${y(normmaxR(q)).toFixed(2)}`).join(' ');
};

/** Draws the square.
 * @param moved - Called with the point the pointer drags to.
 * @returns Moves the point. */
export const createPad = (
  moved: (q: number, r: number) => void,
): ((q: number, r: number) => void) => {
  const pad = element('pad', SVGSVGElement);
  const here = svg('circle', { class: 'here', r: 4 });
  pad.replaceChildren(
    svg('rect', { class: 'square', x: 0, y: 0, width: side, height: side, rx: 2 }),
    svg('line', { class: 'curve', x1: x(1), y1: y(1), x2: x(2), y2: y(2) }),
    svg('polyline', { class: 'curve', points: normmaxCurve() }),
    svg('text', { x: x(1.72), y: y(1.8), 'text-anchor': 'end' }, 'entmax: r = q'),
    svg('text', { x: side - 2, y: y(1.17), 'text-anchor': 'end' }, 'normmax: r = 2 − 1/q'),
    ...pointShapes,
    svg('text', { x: 0, y: side + 7 }, '1'),
    svg('text', { x: side / 2, y: side + 10, 'text-anchor': 'middle' }, 'q'),
    svg('text', { x: side, y: side + 7, 'text-anchor': 'end' }, '2'),
    svg('text', { x: -3, y: side, 'text-anchor': 'end' }, '1'),
    svg('text', { x: -6, y: side / 2, 'text-anchor': 'end' }, 'r'),
    svg('text', { x: -3, y: 5, 'text-anchor': 'end' }, '2'),
    here,
  );
  const follow = (event: PointerEvent): void => {
    const matrix = pad.getScreenCTM();
    if (matrix === null) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const span = (maxIndex - minIndex) / side;
    moved(withinIndex(minIndex + at.x * span), withinIndex(minIndex + (side - at.y) * span));
  };
  pad.addEventListener('pointerdown', (event) => {
    pad.setPointerCapture(event.pointerId);
    follow(event);
  });
  pad.addEventListener('pointermove', (event) => {
    if (pad.hasPointerCapture(event.pointerId)) follow(event);
  });
  return (q, r) => {
    here.setAttribute('cx', String(x(withinIndex(q))));
    here.setAttribute('cy', String(y(withinIndex(r))));
  };
};
