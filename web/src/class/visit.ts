// The statistics of one visit of a student to a class, across all its connections.

import { Counters, Pulse, Rate } from '../link/counters';
import { Freezes } from './freezes';
import type { Inbound } from '../link/inbound';

const kMovingMs = 2500; // a still screen sends about once a second
const kDoubtedMs = 1200; // two readings: enough to contradict a server that says nobody teaches
const kStandingMs = 1000; // a camera's picture that is older stands
const kStillScreenMs = 3000; // of a shared screen, which sends once a second when nothing moves
const kLossReadings = 10; // loss is that of the last 5 s

// Which picture should come; null: none.
export type Due = 'camera' | 'screen' | null;

export class Visit {
  latest: Inbound | null = null;
  bitRate: number | null = null;
  latencyMs: number | null = null; // from the teacher to here
  joinMs: number | null = null; // from the tap to the first picture
  reconnects = 0;
  reconnectReason: string | null = null; // of the last one

  private readonly counters = new Counters();
  private readonly freezes = new Freezes();
  private readonly byteRate = new Rate();
  private readonly lossHistory: { lost: number; packets: number }[] = [];
  private readonly media = new Pulse(kMovingMs);
  private readonly sound = new Pulse(kMovingMs);
  private readonly picture = new Pulse(kMovingMs);

  noteReconnect(reason: string): void {
    this.reconnects++;
    this.reconnectReason = reason;
  }

  // `due`: which picture should come, as far as the page knows.
  read(nowMs: number, inbound: Inbound, due: Due): void {
    this.latest = inbound;
    this.counters.update(inbound.counters);
    this.media.update(nowMs, inbound.mediaBytes);
    this.sound.update(nowMs, inbound.soundBytes);
    this.picture.update(nowMs, inbound.counters.frames_decoded ?? 0);
    this.freezes.update(
      nowMs,
      this.total('freezes'),
      this.total('freeze_seconds'),
      this.standsSince(nowMs, due),
    );
    this.lossHistory.push({ lost: this.total('lost'), packets: this.total('packets') });
    if (this.lossHistory.length > kLossReadings) this.lossHistory.shift();
    const bytesPerSecond = this.byteRate.update(nowMs, this.total('wire_bytes'));
    this.bitRate = bytesPerSecond === null ? null : bytesPerSecond * 8;
  }

  // A new connection begins to count from zero.
  rollOver(): void {
    this.counters.rollOver();
    this.latest = null;
  }

  // A picture has come; the next reading will say so too.
  sawPicture(nowMs: number): void {
    this.media.note(nowMs);
    this.picture.note(nowMs);
  }

  // `isTaught`: as the server says.
  isFlowing(nowMs: number, isTaught: boolean): boolean {
    return this.media.isMoving(nowMs, isTaught ? kMovingMs : kDoubtedMs);
  }

  isSounding(nowMs: number): boolean {
    return this.sound.isMoving(nowMs);
  }

  // Since when the last picture stands though another is due; null while it moves, or none has come.
  standsSince(nowMs: number, due: Due): number | null {
    const last = this.picture.lastMs;
    if (due === null || last === null) return null;
    return nowMs - last > (due === 'camera' ? kStandingMs : kStillScreenMs) ? last : null;
  }

  // A picture has come since then.
  hasPictureSince(ms: number): boolean {
    return (this.picture.lastMs ?? Number.NEGATIVE_INFINITY) > ms;
  }

  total(name: string): number {
    return this.counters.total(name);
  }

  // 0..1, before repair.
  loss(): number {
    const newest = this.lossHistory[this.lossHistory.length - 1];
    const oldest = this.lossHistory[0];
    if (newest === undefined || oldest === undefined) return 0;
    const lost = newest.lost - oldest.lost;
    const received = newest.packets - oldest.packets;
    return lost > 0 ? lost / (lost + received) : 0;
  }

  freezeCount(): number {
    return this.freezes.count;
  }

  freezeSeconds(): number {
    return this.freezes.seconds;
  }

  concealedMs(): number {
    return this.total('concealed_samples') / 48; // Opus plays at 48 kHz
  }

  // The numbers of window.lectern.stats() (docs/testing.md).
  numbers(): Record<string, unknown> {
    const { latest } = this;
    return {
      rtt_ms: latest?.rttMs ?? null,
      loss: this.loss(),
      bytes: this.total('bytes'),
      wire_bytes: Math.round(this.total('wire_bytes')),
      frames_decoded: this.total('frames_decoded'),
      freezes: this.freezes.count,
      freeze_seconds: this.freezes.seconds,
      audio_ms_concealed: this.concealedMs(),
      audio_energy: this.total('audio_energy'),
      board_seq: null,
      latency_ms: this.latencyMs,
      join_ms: this.joinMs,
      reconnects: this.reconnects,
      reconnect_reason: this.reconnectReason,
      width: latest?.width ?? 0,
      height: latest?.height ?? 0,
      fps: latest?.fps ?? 0,
      codec: latest?.codec ?? '',
    };
  }
}
