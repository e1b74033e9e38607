// When to try again ([P50] of docs/protocol.md). The first retry comes within 300 ms, so that a lost
// worker is hardly noticed; later ones double up to a cap, and all are jittered, so that a class
// whose server returns does not knock all at once.

export interface BackoffOptions {
  firstMs: number; // upper bound of the first wait
  baseMs: number; // the second wait, before jitter
  capMs: number; // where the doubling ends, before jitter
}

const kDefaults: BackoffOptions = { firstMs: 300, baseMs: 500, capMs: 5000 };

export class Backoff {
  private readonly options: BackoffOptions;
  private readonly random: () => number;
  private failures = 0;

  // `random`: uniform in [0, 1).
  constructor(random: () => number = Math.random, options: Partial<BackoffOptions> = {}) {
    this.random = random;
    this.options = { ...kDefaults, ...options };
  }

  // Milliseconds until the next try; each call counts as one more failure.
  next(): number {
    const { firstMs, baseMs, capMs } = this.options;
    const n = this.failures++;
    if (n === 0) return this.random() * firstMs;
    const middle = Math.min(capMs, baseMs * 2 ** Math.min(n - 1, 16));
    return middle * (0.5 + this.random());
  }

  // Call after a success that lasted.
  reset(): void {
    this.failures = 0;
  }
}
