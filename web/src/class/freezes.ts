// How often and how long the picture stood. Browsers count a freeze when it is over, at the next
// picture, and never where none comes: so one that lasts is counted here, until the browser has it.

const kSettledMs = 2000; // the browser's count of a freeze that is over has come by then

interface Stand {
  sinceMs: number;
  endedMs: number | null;
  // The browser's counts when it began.
  count: number;
  seconds: number;
}

export class Freezes {
  count = 0;
  seconds = 0;

  private stand: Stand | null = null;
  private keptCount = 0; // which the browser never counted
  private keptSeconds = 0;

  // `count`, `seconds`: the browser's, of all connections; `standsSinceMs`: null while pictures come.
  update(nowMs: number, count: number, seconds: number, standsSinceMs: number | null): void {
    const { stand } = this;
    if (stand !== null && standsSinceMs === null) stand.endedMs ??= nowMs;
    const isOver = stand !== null && stand.endedMs !== null;
    if (
      stand !== null &&
      isOver &&
      (standsSinceMs !== null || nowMs - (stand.endedMs ?? 0) > kSettledMs)
    ) {
      this.keptCount += this.missingCount(stand, count);
      this.keptSeconds += this.missingSeconds(stand, seconds, nowMs);
      this.stand = null;
    }
    if (standsSinceMs !== null) {
      this.stand ??= { sinceMs: standsSinceMs, endedMs: null, count, seconds };
    }
    const open = this.stand;
    this.count = count + this.keptCount + (open === null ? 0 : this.missingCount(open, count));
    this.seconds =
      seconds + this.keptSeconds + (open === null ? 0 : this.missingSeconds(open, seconds, nowMs));
  }

  private missingCount(stand: Stand, count: number): number {
    return count > stand.count ? 0 : 1;
  }

  private missingSeconds(stand: Stand, seconds: number, nowMs: number): number {
    const stood = ((stand.endedMs ?? nowMs) - stand.sinceMs) / 1000;
    return Math.max(0, stood - (seconds - stand.seconds));
  }
}
