// What a student's connection reports, read from getStats() into plain numbers; null means unknown.

import type { Reading } from './counters';
import { codecName, number, readStats, roundTripMs, selectedPair, type Stat } from './stats_report';

export interface Inbound {
  counters: Reading; // growing with this connection: see the names below
  mediaBytes: number; // sound and picture together
  soundBytes: number;
  rttMs: number | null;
  latencyMs: number | null;
  width: number;
  height: number;
  fps: number;
  codec: string; // of the picture, `VP8`, `H264`; empty while there is none
}

// Between the NTP epoch (1900), which Chromium counts from here, and the Unix epoch.
const kNtpToUnixMs = 2_208_988_800_000;
const kBelievableLatencyMs = 10_000;

// Teacher's camera to this screen. The playout time stamp is on the teacher's clock as the server
// passes it on, so it is right only when both clocks are; where it cannot be, the part that is
// known here stands in: half a round trip, jitter buffer, decoder.
function latencyOf(stream: Stat | undefined, rttMs: number | null): number | null {
  if (stream === undefined) return null;
  let playout = number(stream, 'estimatedPlayoutTimestamp');
  if (playout > kNtpToUnixMs) playout -= kNtpToUnixMs;
  const measured = number(stream, 'timestamp') - playout;
  if (playout > 0 && measured > 0 && measured < kBelievableLatencyMs) return measured;
  const frames = number(stream, 'framesDecoded');
  const waited = number(stream, 'totalProcessingDelay');
  return frames > 0 ? (rttMs ?? 0) / 2 + (waited * 1000) / frames : null;
}

// null when the connection is already closed.
export async function readInbound(pc: RTCPeerConnection): Promise<Inbound | null> {
  const stats = await readStats(pc);
  if (stats.length === 0) return null;
  const streams = stats.filter((s) => s.type === 'inbound-rtp');
  const audio = streams.find((s) => s.kind === 'audio');
  const videos = streams.filter((s) => s.kind === 'video');
  const largest = [...videos].sort((a, b) => number(b, 'frameWidth') - number(a, 'frameWidth'))[0];
  const sum = (field: string, of = streams) => of.reduce((n, s) => n + number(s, field), 0);

  const rttMs = roundTripMs(selectedPair(stats));
  const bytes = sum('bytesReceived') + sum('headerBytesReceived');
  const audible = number(audio, 'concealedSamples') - number(audio, 'silentConcealedSamples');
  return {
    counters: {
      bytes,
      packets: sum('packetsReceived'),
      lost: sum('packetsLost'),
      frames_decoded: sum('framesDecoded', videos),
      key_frames: sum('keyFramesDecoded', videos),
      freezes: sum('freezeCount', videos),
      freeze_seconds: sum('totalFreezesDuration', videos),
      concealed_samples: audible,
      audio_energy: number(audio, 'totalAudioEnergy'),
    },
    mediaBytes: bytes,
    soundBytes: number(audio, 'bytesReceived'),
    rttMs,
    latencyMs: latencyOf(largest ?? audio, rttMs),
    width: number(largest, 'frameWidth'),
    height: number(largest, 'frameHeight'),
    fps: number(largest, 'framesPerSecond'),
    codec: codecName(stats, largest),
  };
}
