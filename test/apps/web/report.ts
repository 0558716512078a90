// How a page tells what it saw.

/** Puts a report where the test finds it. */
export const report = (value: unknown): void => {
  document.documentElement.dataset['report'] = JSON.stringify(value);
};
