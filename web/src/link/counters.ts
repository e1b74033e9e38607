// Counters that outlive what they count. A browser's statistics begin at zero with each
// RTCPeerConnection; a student's do not: MB used and freezes are those of the whole visit.

export type Reading = Readonly<Record<string, number>>;

export class Counters {
  private finished: Record<string, number> = {};
  private live: Record<string, number> = {};

  // `reading`: the present connection's counters. A value that went back (a report that briefly
  // lacks a stream) is ignored: totals never shrink.
  update(reading: Reading): void {
    for (const [name, value] of Object.entries(reading)) {
      if (Number.isFinite(value) && value > (this.live[name] ?? 0)) this.live[name] = value;
    }
  }

  // The present connection is over: its counts are kept, the next begins at zero.
  rollOver(): void {
    for (const [name, value] of Object.entries(this.live)) {
      this.finished[name] = (this.finished[name] ?? 0) + value;
    }
    this.live = {};
  }

  total(name: string): number {
    return (this.finished[name] ?? 0) + (this.live[name] ?? 0);
  }
}

// Turns a growing counter into a rate per second, over the time between two readings.
export class Rate {
  private lastMs = Number.NaN;
  private lastValue = 0;
  private rate: number | null = null;

  // Readings closer than this say more about the clock than about the stream.
  private static readonly kShortestMs = 400;

  update(nowMs: number, value: number): number | null {
    const passed = nowMs - this.lastMs;
    if (passed < Rate.kShortestMs) return this.rate;
    // A smaller value is a new connection's counter: its rate shows at the next reading.
    const isFirst = Number.isNaN(this.lastMs) || value < this.lastValue;
    this.rate = isFirst ? null : ((value - this.lastValue) * 1000) / passed;
    this.lastMs = nowMs;
    this.lastValue = value;
    return this.rate;
  }
}

// Whether a counter still moves.
export class Pulse {
  private readonly windowMs: number;
  private last = 0;
  private movedAt = Number.NEGATIVE_INFINITY;

  // `windowMs`: how long it may stand still and count as moving.
  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  // A smaller value is a new connection's and counts as movement, unless it is zero.
  update(nowMs: number, value: number): void {
    if (value !== this.last && value > 0) this.movedAt = nowMs;
    this.last = value;
  }

  // It moved, by other evidence than its value.
  note(nowMs: number): void {
    this.movedAt = nowMs;
  }

  // When it last moved; null when it never has.
  get lastMs(): number | null {
    return Number.isFinite(this.movedAt) ? this.movedAt : null;
  }

  isMoving(nowMs: number, windowMs = this.windowMs): boolean {
    return nowMs - this.movedAt < windowMs;
  }
}
