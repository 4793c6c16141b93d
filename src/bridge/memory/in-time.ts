/** Waits for something, but not for ever. */

/**
 * @param limit milliseconds
 * @returns whether it came in time
 */
export async function inTime(
  event: Promise<void>,
  limit: number
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      event.then(() => true),
      new Promise<boolean>(resolve => {
        timer = setTimeout(() => resolve(false), limit);
      })
    ]);
  } finally {
    clearTimeout(timer);
  }
}
