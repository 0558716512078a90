// The plan of a model as boxes and lines with their texts, before anything has a place.

import type { ValueSummary } from '../../src/onnx/index.ts';
import type { ModelReport, StepReport } from '../../src/runtime/index.ts';
import { sizeText } from '../model/file.ts';

/** What a box stands for; its colours follow from it. */
type BoxKind = 'input' | 'output' | StepReport['kind'];

/** A box. */
export interface Box {
  readonly id: string;
  readonly kind: BoxKind;
  readonly title: string;
  readonly lines: readonly string[];
  /** Everything the box cannot hold. */
  readonly tip: string;
}

/** A line from box to box: the values that go along it. */
export interface Line {
  readonly from: string;
  readonly to: string;
  readonly lines: readonly string[];
  readonly tip: string;
}

/** Operators named in a box, and values named on a line. */
const mostOperators = 4;
const mostValues = 3;
/** Letters of a name that is not cut. */
const longest = 34;

const short = (text: string): string =>
  text.length <= longest
    ? text
    : `${text.slice(0, longest / 2 - 1)}…${text.slice(1 - longest / 2)}`;

/** `float32 [N, 3]`; what the model does not declare is left out. */
export const typeText = ({ dtype, dims }: ValueSummary): string => {
  const shape = dims === undefined ? '' : ` [${dims.map((dim) => dim ?? '?').join(', ')}]`;
  return dtype === undefined ? '' : `${dtype}${shape}`;
};

const valueText = (value: ValueSummary): string => {
  const type = typeText(value);
  return type === '' ? short(value.name) : `${short(value.name)}: ${type}`;
};

const fullText = (value: ValueSummary): string => {
  const type = typeText(value);
  return type === '' ? value.name : `${value.name}: ${type}`;
};

const operatorLines = ({ operators }: StepReport): readonly string[] => {
  const sorted = Object.entries(operators).sort((a, b) => b[1] - a[1]);
  const shown = sorted
    .slice(0, mostOperators)
    .map(([name, count]) => (count === 1 ? short(name) : `${count} × ${short(name)}`));
  const rest = sorted.length - mostOperators;
  return rest > 0 ? [...shown, `and ${rest} operator${rest === 1 ? '' : 's'} more`] : shown;
};

const titleOf = (step: StepReport): string => {
  if (step.kind !== 'segment') return short(step.name || (step.op ?? ''));
  const nodes = Object.values(step.operators).reduce((sum, count) => sum + count, 0);
  return `${step.name}: ${nodes} node${nodes === 1 ? '' : 's'}`;
};

/** Who runs a node that is no segment's. */
const stepNote = ({ kind, shader }: StepReport): string => {
  if (kind === 'unresolved') return 'not installed';
  if (kind === 'interpreted') return 'interpreted';
  return `JS kernel, WGSL: ${shader === 'yes' ? 'yes' : 'no'}`;
};

const stepBox = (step: StepReport, at: number): Box => {
  const weights = step.weightBytes === 0 ? [] : [`weights ${sizeText(step.weightBytes)}`];
  const lines =
    step.kind === 'segment'
      ? [...operatorLines(step), ...weights]
      : [short(step.op ?? ''), stepNote(step), ...weights];
  const all = Object.entries(step.operators).map(([name, count]) => `${count} × ${name}`);
  return {
    id: `step${at}`,
    kind: step.kind,
    title: titleOf(step),
    lines,
    tip: [step.op ?? step.name, ...(step.kind === 'segment' ? all : []), step.shader ?? '']
      .join('\n')
      .trim(),
  };
};

/** The boxes and lines of a plan.
 * @param report - With steps. */
export const planBoxes = (
  report: ModelReport,
): { readonly boxes: readonly Box[]; readonly lines: readonly Line[] } => {
  const steps = report.steps ?? [];
  const maker = new Map<string, string>();
  const boxes: Box[] = [];
  report.summary.inputs.forEach((value, at) => {
    const type = typeText(value);
    boxes.push({
      id: `input${at}`,
      kind: 'input',
      title: short(value.name),
      lines: type === '' ? [] : [type],
      tip: `input ${fullText(value)}`,
    });
    maker.set(value.name, `input${at}`);
  });
  steps.forEach((step, at) => {
    boxes.push(stepBox(step, at));
    for (const { name } of step.writes) maker.set(name, `step${at}`);
  });
  const between = new Map<string, { from: string; to: string; values: ValueSummary[] }>();
  const connect = (value: ValueSummary, to: string): void => {
    const from = maker.get(value.name);
    if (from === undefined) return;
    const key = `${from} ${to}`;
    const known = between.get(key) ?? { from, to, values: [] };
    known.values.push(value);
    between.set(key, known);
  };
  steps.forEach((step, at) => {
    for (const value of step.reads) connect(value, `step${at}`);
  });
  report.summary.outputs.forEach((value, at) => {
    const type = typeText(value);
    boxes.push({
      id: `output${at}`,
      kind: 'output',
      title: short(value.name),
      lines: type === '' ? [] : [type],
      tip: `output ${fullText(value)}`,
    });
    connect(value, `output${at}`);
  });
  const isEnd = (id: string): boolean => id.startsWith('input') || id.startsWith('output');
  const lines = [...between.values()].map(({ from, to, values }): Line => {
    const shown = values.slice(0, mostValues).map(valueText);
    const rest = values.length - shown.length;
    return {
      from,
      to,
      // The box of an input or output names its value already.
      lines: isEnd(from) || isEnd(to) ? [] : rest > 0 ? [...shown, `and ${rest} more`] : shown,
      tip: values.map(fullText).join('\n'),
    };
  });
  return { boxes, lines };
};
