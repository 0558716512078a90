// `sharmix inspect`: what is in a model and what the runtime would make of it, as text, JSON or a drawing. Nothing is run.

import { basename } from 'node:path';
import { Option, type Command } from 'commander';
import { inspectModel, type ModelReport } from '../../src/runtime/index.ts';
import { ModelError } from '../../src/schema/index.ts';
import { planHtml, planSvg } from '../draw/plan-svg.ts';
import { readModelFile, writeOut } from '../model/file.ts';
import { importOption, loadOperators } from '../model/operators.ts';
import { reportText } from '../model/report-text.ts';

interface Options {
  readonly import: readonly string[];
  readonly cut: 'fewest' | 'every-node';
  readonly json?: true;
  readonly svg?: string;
  readonly html?: string;
}

const checkSteps = (report: ModelReport, where: string): void => {
  if (report.steps !== undefined) return;
  throw new ModelError({
    where,
    what: 'the plan',
    rule: 'must be there to be drawn',
    actual: report.planError ?? 'none',
  });
};

const inspect = async (path: string, options: Options): Promise<void> => {
  const ops = await loadOperators(options.import);
  const bytes = await readModelFile(path);
  const report = inspectModel(bytes, { ops, cut: options.cut, where: path });
  const { svg, html } = options;
  const title = `Plan of ${basename(path)}`;
  if (svg !== undefined || html !== undefined) checkSteps(report, path);
  if (svg !== undefined) await writeOut(svg, planSvg(report, title));
  if (html !== undefined) await writeOut(html, planHtml(report, title, reportText(report, path)));
  process.stdout.write(
    options.json === true ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, path),
  );
};

/** Registers `sharmix inspect`. */
export const registerInspect = (program: Command): void => {
  program
    .command('inspect')
    .description('show what is in a model: operators, what is unresolved, the plan, sizes')
    .argument('<model>', 'ONNX file')
    .addOption(importOption())
    .addOption(
      new Option('--cut <kind>', 'fewest segments, or every-node a segment')
        .choices(['fewest', 'every-node'])
        .default('fewest'),
    )
    .option('--json', 'print the report as JSON')
    .option('--svg <file>', 'also draw the plan as an SVG')
    .option('--html <file>', 'also draw the plan as a page')
    .action(inspect);
};
