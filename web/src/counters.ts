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
