export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Polls `check` until it is true; its last falsy value or error is told when time is up.
export async function until(what, timeoutMs, check, everyMs = 50) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > deadline)
      throw new Error(`not in ${timeoutMs} ms: ${what} (${JSON.stringify(value)})`);
    await sleep(everyMs);
  }
}

export function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.floor((percent / 100) * sorted.length))];
}

export const median = (values) => percentile(values, 50);
