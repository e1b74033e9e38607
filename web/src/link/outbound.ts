// What the teacher's connection sends, read from getStats(): one entry for each encoding, smallest
// picture first, and how it arrives at the server.

import { Rate } from './counters';
import { codecName, number, onAllPairs, readStats, roundTripMs, selectedPair, type Stat } from './stats_report';

export type Limitation = 'none' | 'cpu' | 'bandwidth' | 'other';

export interface SentEncoding {
  track: 'microphone' | 'camera' | 'screen';
  rid: string;
  width: number;
  height: number;
  fps: number;
  bitsPerSecond: number | null;
  limitation: Limitation;
  codec: string;
  rests: boolean; // nobody receives it now
}

export interface Outbound {
  encodings: SentEncoding[];
  rttMs: number | null;
  loss: number | null; // 0..1, as the server reports it
  keyFrames: number; // encoded so far, all encodings together
  heardBytes: number; // from the server: feedback, reports
}

export class OutboundReader {
  private readonly rates = new Map<string, Rate>();

  // `mids`: which m-line is which track; `resting`: rids of the camera's that are not needed now.
  // null when the connection is closed.
  async read(
    pc: RTCPeerConnection,
    mids: Record<string, SentEncoding['track']>,
    resting: ReadonlySet<string>,
  ): Promise<Outbound | null> {
    const stats = await readStats(pc);
    if (stats.length === 0) return null;
    const sent = stats.filter((s) => s.type === 'outbound-rtp' && number(s, 'bytesSent') > 0);
    const remote = stats.filter((s) => s.type === 'remote-inbound-rtp');
    const pair = selectedPair(stats);
    const losses = remote.map((s) => number(s, 'fractionLost'));
    return {
      encodings: sent
        .map((stream) => this.encoding(stats, stream, mids[String(stream.mid)]))
        .map((sent) => ({ ...sent, rests: sent.track === 'camera' && resting.has(sent.rid) }))
        .sort((a, b) => a.height - b.height),
      rttMs: roundTripMs(pair),
      loss: losses.length === 0 ? null : Math.max(...losses),
      keyFrames: sent.reduce((n, s) => n + number(s, 'keyFramesEncoded'), 0),
      heardBytes: onAllPairs(stats, 'bytesReceived'),
    };
  }

  private encoding(
    stats: readonly Stat[],
    stream: Stat,
    track: SentEncoding['track'] = stream.kind === 'audio' ? 'microphone' : 'camera',
  ): Omit<SentEncoding, 'rests'> {
    const key = String(stream.id);
    let rate = this.rates.get(key);
    if (rate === undefined) this.rates.set(key, (rate = new Rate()));
    const bytes = number(stream, 'bytesSent') + number(stream, 'headerBytesSent');
    const bytesPerSecond = rate.update(number(stream, 'timestamp'), bytes);
    return {
      track,
      rid: typeof stream.rid === 'string' ? stream.rid : '',
      width: number(stream, 'frameWidth'),
      height: number(stream, 'frameHeight'),
      fps: number(stream, 'framesPerSecond'),
      bitsPerSecond: bytesPerSecond === null ? null : bytesPerSecond * 8,
      limitation: (stream.qualityLimitationReason as Limitation | undefined) ?? 'none',
      codec: codecName(stats, stream),
    };
  }
}
