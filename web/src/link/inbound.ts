// What a student's connection reports, read from getStats() into plain numbers; null means unknown.

import type { Reading } from './counters';
import { codecName, number, onAllPairs, readStats, roundTripMs, selectedPair, type Stat } from './stats_report';

export interface Inbound {
  counters: Reading; // growing with this connection: see the names below
  mediaBytes: number; // sound and picture together
  soundBytes: number;
  rttMs: number | null;
  width: number;
  height: number;
  fps: number;
  codec: string; // of the picture, `VP8`, `H264`; empty while there is none
}

// IP and UDP (RFC 791, 8200, 768) around each packet.
const kIpv4Header = 28;
const kIpv6Header = 48;
// SRTP's tag (AEAD_AES_128_GCM, RFC 7714) where the browser tells of RTP alone.
const kTag = 16;
// A check of ICE and its answer are about as long as each other (RFC 8489).
const kCheck = 100;

// What the link has carried for this connection, both ways: SRTP, repairs, RTCP, DTLS as the browser
// counts them on the path, and what it leaves out: headers of IP and UDP, and checks of ICE.
function wireBytes(
  stats: readonly Stat[],
  pair: Stat | undefined,
  sum: (field: string) => number,
): number {
  const local = stats.find((s) => s.id === pair?.localCandidateId);
  const address = String(local?.address ?? local?.ip ?? '');
  const header = address.includes(':') ? kIpv6Header : kIpv4Header;
  const checks = onAllPairs(stats, 'responsesReceived') * 2 * (kCheck + header);
  // Firefox counts no packets on the path: those of RTP are nearly all that come.
  const rtp = sum('packetsReceived');
  const received = onAllPairs(stats, 'packetsReceived') || rtp;
  const sent = onAllPairs(stats, 'packetsSent');
  const rtpBytes = sum('bytesReceived') + sum('headerBytesReceived') + rtp * kTag;
  const bytes = Math.max(onAllPairs(stats, 'bytesReceived'), rtpBytes);
  const carried = bytes + onAllPairs(stats, 'bytesSent');
  return carried + (received + sent) * header + checks;
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

  const pair = selectedPair(stats);
  const rttMs = roundTripMs(pair);
  const bytes = sum('bytesReceived') + sum('headerBytesReceived');
  const audible = number(audio, 'concealedSamples') - number(audio, 'silentConcealedSamples');
  return {
    counters: {
      bytes,
      wire_bytes: wireBytes(stats, pair, sum),
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
    width: number(largest, 'frameWidth'),
    height: number(largest, 'frameHeight'),
    fps: number(largest, 'framesPerSecond'),
    codec: codecName(stats, largest),
  };
}
