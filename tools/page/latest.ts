// Runs a task for the latest of many requests: one at a time, those in between are dropped.

/** Makes a function that asks for a run of `task`. While one runs, any number of requests make one more. */
export const latest = (
  task: () => Promise<void>,
  failed: (error: unknown) => void,
): (() => void) => {
  let isRunning = false;
  let isWanted = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      try {
        await task();
      } catch (error) {
        failed(error);
      }
    }
    isRunning = false;
  };
  return () => {
    isWanted = true;
    if (!isRunning) void run();
  };
};
