// How long this page waits for an answer, derived from what its link shows. A fixed 4 s is plenty on
// a good link and gives up just before the answer on one whose round trips take 3 to 7 s (GPRS).
//
// The estimate is TCP's (RFC 6298 section 2): smoothed round trip plus four times its variation. As
// there, a deadline that passes unanswered makes the next one longer, and an answer ends that.

interface Deadline {
  atLeastMs: number; // on a good link
  baseMs: number; // what the server itself may take
  roundTrips: number;
  atMostMs: number;
}

// A pong, or welcome.
const kAnswer: Deadline = { atLeastMs: 4000, baseMs: 1000, roundTrips: 2, atMostMs: 30_000 };
// TCP, TLS (two), the upgrade, and a name to be looked up.
const kOpen: Deadline = { atLeastMs: 8000, baseMs: 2000, roundTrips: 5, atMostMs: 60_000 };
// As above, and 3 KB each way. The server answers within 10 s [P14].
const kRequest: Deadline = { atLeastMs: 12_000, baseMs: 10_000, roundTrips: 6, atMostMs: 60_000 };
// ICE (one), DTLS (two), each of which may be lost once.
const kConnect: Deadline = { atLeastMs: 4000, baseMs: 1000, roundTrips: 6, atMostMs: 40_000 };
// The first picture, from its first packet: two losses in it may be repaired, one after the other.
const kDecode: Deadline = { atLeastMs: 1500, baseMs: 1000, roundTrips: 2, atMostMs: 15_000 };
// As above, after the server has asked for that picture and its first packet is here. A worker that
// stops ends the link before this one after 20 s anyway (`drain_s`).
const kOverlap: Deadline = { atLeastMs: 2000, baseMs: 1000, roundTrips: 3, atMostMs: 20_000 };

const kMostMisses = 2;
const kMostRoundTripMs = 15_000; // a longer one was an outage

// What the browser believes of its network (Chromium only): a beginning, until something is measured.
function hint(): number | null {
  const connection = (globalThis.navigator as { connection?: { rtt?: number } } | undefined)
    ?.connection;
  return connection?.rtt || null;
}

export class Patience {
  private smoothed: number | null = null;
  private variation = 0;
  private misses = 0;

  constructor(hintMs: number | null = hint()) {
    if (hintMs !== null) this.measured(hintMs);
  }

  // A question was answered after `ms`.
  measured(ms: number): void {
    const trip = Math.min(ms, kMostRoundTripMs);
    this.misses = 0;
    if (this.smoothed === null) {
      this.smoothed = trip;
      this.variation = trip / 2;
      return;
    }
    this.variation += (Math.abs(this.smoothed - trip) - this.variation) / 4;
    this.smoothed += (trip - this.smoothed) / 8;
  }

  // A deadline has passed without an answer.
  missed(): void {
    this.misses = Math.min(this.misses + 1, kMostMisses);
  }

  // A round trip that is no surprise on this link.
  get tripMs(): number {
    return (this.smoothed ?? 0) + 4 * this.variation;
  }

  get answerMs(): number {
    return this.deadline(kAnswer);
  }

  get openMs(): number {
    return this.deadline(kOpen);
  }

  get requestMs(): number {
    return this.deadline(kRequest);
  }

  get connectMs(): number {
    return this.deadline(kConnect);
  }

  get decodeMs(): number {
    return this.deadline(kDecode);
  }

  get overlapMs(): number {
    return this.deadline(kOverlap);
  }

  private deadline({ atLeastMs, baseMs, roundTrips, atMostMs }: Deadline): number {
    const ms = Math.max(atLeastMs, baseMs + roundTrips * this.tripMs) * 2 ** this.misses;
    return Math.min(atMostMs, ms);
  }
}
