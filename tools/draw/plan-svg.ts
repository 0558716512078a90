// The plan of a model as an SVG: boxes for inputs, segments, kernels and outputs, lines for the values between them. It follows the
// reader's light or dark setting and needs nothing from outside.

import type { ModelReport } from '../../src/runtime/index.ts';
import { placed, type PlacedBox, type PlacedLine, type Point } from './layout.ts';
import { planBoxes, type Box, type Line } from './plan-boxes.ts';

/** Advance of a letter of the monospaced font, and height of a line, in pixels. */
const letter = 7.3;
const lineHeight = 17;
const padding = 12;
const labelLetter = 6.7;
const labelHeight = 15;

const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    // Characters XML forbids.
    // oxlint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, '�');

const widest = (lines: readonly string[], advance: number): number =>
  Math.max(0, ...lines.map((line) => line.length * advance));

const round = (value: number): string => String(Math.round(value * 10) / 10);

const style = `
svg { --bg: #ffffff; --ink: #1d2433; --soft: #5b6577; --line: #8a94a6;
  --segment: #eaf1fb; --segment-edge: #6b93cf; --kernel: #e6f6ec; --kernel-edge: #3f9a63;
  --unresolved: #fdeaea; --unresolved-edge: #cf4a4a; --end: #f4f4f6; --end-edge: #a2a8b4; }
@media (prefers-color-scheme: dark) { svg { --bg: #14171d; --ink: #e6e9ef; --soft: #a2abbb; --line: #6f7a8d;
  --segment: #1b2a41; --segment-edge: #5c87c6; --kernel: #17331f; --kernel-edge: #4aa870;
  --unresolved: #431d1f; --unresolved-edge: #e06666; --end: #22262e; --end-edge: #6d7483; } }
.bg { fill: var(--bg); }
text { font-family: ui-monospace, 'SF Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: 12px; fill: var(--ink); }
.title { font-weight: 600; }
.soft { fill: var(--soft); }
.label { font-size: 11px; fill: var(--soft); paint-order: stroke; stroke: var(--bg); stroke-width: 4px; stroke-linejoin: round; }
.box rect { stroke-width: 1.2px; }
.segment rect { fill: var(--segment); stroke: var(--segment-edge); }
.kernel rect, .interpreted rect { fill: var(--kernel); stroke: var(--kernel-edge); }
.unresolved rect { fill: var(--unresolved); stroke: var(--unresolved-edge); stroke-dasharray: 5 3; }
.interpreted rect { stroke-dasharray: 2 2; }
.input rect, .output rect { fill: var(--end); stroke: var(--end-edge); }
.line path { fill: none; stroke: var(--line); stroke-width: 1.3px; }
marker path { fill: var(--line); }`;

const boxSvg = ({ kind, title, lines, tip }: Box, { x, y, width, height }: PlacedBox): string => {
  const left = x - width / 2;
  const top = y - height / 2;
  const radius = kind === 'input' || kind === 'output' ? Math.min(16, height / 2) : 6;
  const texts = [title, ...lines].map((text, at) => {
    const baseline = top + padding + 11 + at * lineHeight;
    return `<text class="${at === 0 ? 'title' : 'soft'}" x="${round(x)}" y="${round(baseline)}" text-anchor="middle">${escape(text)}</text>`;
  });
  return `<g class="box ${kind}"><title>${escape(tip)}</title><rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" rx="${radius}"/>${texts.join('')}</g>`;
};

/** A smooth line through points: straight to the first, quadratic curves between the middles, straight to the last. */
const path = (points: PlacedLine['points']): string => {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;
  const parts = [`M${at(first)}`];
  rest.forEach((point, i) => {
    const next = rest[i + 1];
    if (next === undefined) parts.push(`L${at(point)}`);
    else
      parts.push(`Q${at(point)} ${at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`);
  });
  return parts.join('');
};

const lineSvg = ({ lines, tip }: Line, { points, label }: PlacedLine): string => {
  const texts = lines.map((text, at) => {
    const { x = 0, y = 0 } = label ?? {};
    const baseline = y + (at - (lines.length - 1) / 2) * labelHeight + 4;
    return `<text class="label" x="${round(x)}" y="${round(baseline)}" text-anchor="middle">${escape(text)}</text>`;
  });
  return `<g class="line"><title>${escape(tip)}</title><path d="${path(points)}" marker-end="url(#arrow)"/>${texts.join('')}</g>`;
};

/** The drawing of a plan.
 * @param report - With steps.
 * @param title - What the drawing is called by screen readers. */
export const planSvg = (report: ModelReport, title: string): string => {
  const { boxes, lines } = planBoxes(report);
  const { width, height, ...places } = placed(
    boxes.map(({ id, title, lines }) => ({
      id,
      width: Math.max(60, widest([title, ...lines], letter) + 2 * padding),
      height: (1 + lines.length) * lineHeight + 2 * padding - 4,
    })),
    lines.map(({ from, to, lines }) => ({
      from,
      to,
      label:
        lines.length === 0
          ? undefined
          : {
              width: widest(lines, labelLetter) + 8,
              height: lines.length * labelHeight + 6,
            },
    })),
  );
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-label="${escape(title)}">`,
    `<title>${escape(title)}</title>`,
    `<style>${style}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z"/></marker></defs>',
    `<rect class="bg" width="${w}" height="${h}"/>`,
    ...lines.map((line, at) => lineSvg(line, places.lines[at]!)),
    ...boxes.map((box) => boxSvg(box, places.boxes.get(box.id)!)),
    '</svg>',
    '',
  ].join('\n');
};

/** The drawing in a page of its own, with a heading and the facts above it. */
export const planHtml = (report: ModelReport, title: string, facts: string): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>
:root { color-scheme: light dark; }
body { margin: 24px; font: 14px/1.45 system-ui, sans-serif; background: light-dark(#ffffff, #14171d); color: light-dark(#1d2433, #e6e9ef); }
h1 { font-size: 20px; margin: 0 0 12px; overflow-wrap: anywhere; }
pre { font-size: 12px; overflow-x: auto; }
.plan { overflow: auto; border: 1px solid light-dark(#d6dae2, #333a46); border-radius: 8px; }
.plan svg { display: block; margin: 0 auto; }
</style>
</head>
<body>
<h1>${escape(title)}</h1>
<div class="plan">
${planSvg(report, title)}</div>
<pre>${escape(facts)}</pre>
</body>
</html>
`;
