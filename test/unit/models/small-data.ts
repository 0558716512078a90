// A small learnable set of texts for the tests of the text classifier.

import type { LabelledTexts } from '../../../models/text-classifier/data.ts';

const words = {
  bad: ['late', 'lost', 'rude', 'delayed', 'cancelled'],
  good: ['great', 'thanks', 'friendly', 'lovely', 'comfortable'],
  plain: ['gate', 'ticket', 'schedule', 'boarding', 'terminal'],
};

/** 240 short texts of 3 classes, told apart by their words. */
export const smallTexts = (): LabelledTexts => {
  const texts: string[] = [];
  const labels: string[] = [];
  for (let i = 0; i < 240; i++) {
    const label = (['bad', 'good', 'plain'] as const)[i % 3]!;
    const own = words[label];
    const first = own[i % 5]!;
    const second = own[(i * 7 + Math.floor(i / 5)) % 5]!;
    texts.push(`@air the ${first} flight was ${second}, number ${i} row${i % 40}`);
    labels.push(label);
  }
  return { where: 'small data', texts, labels };
};
