// Decides when a media connection is lost. Pure: time and observations are arguments.
//
// What it leaves out on purpose: asking the server. Silence alone is no proof (a teacher with
// microphone and camera off sends nothing), so its verdict then is `ask`, and the caller looks
// whether the session still exists.

export type Verdict = 'fine' | 'ask' | Lost;
// Why a link is given up: ICE has failed, could not tell for a while, or nothing is heard any more.
export type Lost = 'failed' | 'disconnected' | 'silent';
export const isLost = (verdict: Verdict): verdict is Lost => verdict !== 'fine' && verdict !== 'ask';

export interface LinkWatchOptions {
  disconnectedMs: number; // ICE may say "disconnected" this long: a short hole heals by itself
  silentMs: number; // no bytes for this long: ask
  askEveryMs: number; // and again, while the silence lasts
  hopelessMs: number; // silent so long although the server says all is well: lost
}

const kDefaults: LinkWatchOptions = {
  disconnectedMs: 1500,
  silentMs: 1500,
  askEveryMs: 2000,
  hopelessMs: 10000,
};

export class LinkWatch {
  private readonly options: LinkWatchOptions;
  private disconnectedAt: number | null = null;
  private failed = false;
  private bytes = -1;
  private heardAt: number | null = null;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: Partial<LinkWatchOptions> = {}) {
    this.options = { ...kDefaults, ...options };
  }

  // `state`: RTCPeerConnection.iceConnectionState or connectionState.
  onState(nowMs: number, state: string): void {
    if (state === 'failed' || state === 'closed') this.failed = true;
    else if (state === 'disconnected') this.disconnectedAt ??= nowMs;
    else if (state === 'connected' || state === 'completed') this.disconnectedAt = null;
  }

  // `bytes`: media bytes received so far; null when none are expected now.
  onBytes(nowMs: number, bytes: number | null): void {
    if (bytes === null) {
      this.heardAt = null;
    } else if (bytes > this.bytes || this.heardAt === null) {
      this.heardAt = nowMs;
      this.askedAt = Number.NEGATIVE_INFINITY;
    }
    if (bytes !== null) this.bytes = bytes;
  }

  // `tripMs`: a round trip that is no surprise on this link. Silence of that length proves nothing.
  verdict(nowMs: number, tripMs = 0): Verdict {
    const { askEveryMs } = this.options;
    const disconnectedMs = this.options.disconnectedMs + 2 * tripMs;
    const silentMs = this.options.silentMs + tripMs;
    const hopelessMs = this.options.hopelessMs + 4 * tripMs;
    if (this.failed) return 'failed';
    if (this.disconnectedAt !== null && nowMs - this.disconnectedAt >= disconnectedMs)
      return 'disconnected';
    const silence = this.heardAt === null ? 0 : nowMs - this.heardAt;
    if (silence >= hopelessMs) return 'silent';
    if (silence < silentMs || nowMs - this.askedAt < askEveryMs) return 'fine';
    this.askedAt = nowMs;
    return 'ask';
  }
}
