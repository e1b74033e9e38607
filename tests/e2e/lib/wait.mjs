// Private to lib: a test waits for a state (until, untilSteady), or says what it measures meanwhile.
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Lets `ms` pass because what happens meanwhile is what is measured; never to wait for something.
export const measureFor = sleep;

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

// Until `read` has returned the same for `ms` without a break.
export function untilSteady(what, ms, timeoutMs, read) {
  let last;
  let since = Date.now();
  return until(`${what} stays the same for ${ms} ms`, timeoutMs, async () => {
    const value = JSON.stringify(await read());
    if (value !== last) [last, since] = [value, Date.now()];
    return Date.now() - since >= ms;
  });
}

// `check` is true now and stays so for `ms`.
export async function holdsFor(what, ms, check) {
  const end = Date.now() + ms;
  do {
    if (!(await check())) throw new Error(`does not hold for ${ms} ms: ${what}`);
    await sleep(50);
  } while (Date.now() < end);
}

export function percentile(values, percent) {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.floor((percent / 100) * sorted.length))];
}

export const median = (values) => percentile(values, 50);
