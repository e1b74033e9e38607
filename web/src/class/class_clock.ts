// Class time on a page (docs/protocol.md, P123): what of the class is heard and seen at this moment, so
// that whatever belongs to a moment of the lesson can be shown with it.
//
//   moment of the browser -> RTP time of what plays -> class time
//
// The first step is getSynchronizationSources(): it says when which RTP time left the jitter buffer, in
// Chromium and Firefox to some 10 ms. (estimatedPlayoutTimestamp would say all in one, but is missing
// for sound alone in Chromium, and stands still in Firefox.) The second is what the server tells.
// While the microphone is off, the picture's frames stand for the sound. A busy browser draws single
// frames up to 50 ms early or late, so the middle one of several counts.

import { kBrowser, type Environment } from '../base/environment';
import type { PlayLink } from '../link/play_link';
import { number, readStats, roundTripMs, selectedPair, type Stat } from '../link/stats_report';
import type { ServerMessage, Track } from '../link/messages';

export type Times = Extract<ServerMessage, { type: 'times' }>;

export interface ClockHost {
  link(): PlayLink | null;
  // Whether the teacher's microphone is on: one that is off may still send silence, which is played whenever it suits.
  hasMicrophone(): boolean;
  videos: Readonly<Record<'camera' | 'screen', HTMLVideoElement>>;
}

// An RTP time, and when it was played: ms since 1970 on the browser's clock.
interface Played {
  rtp: number;
  at: number;
  height: number; // of the picture, its shorter side
}

interface Frame {
  expectedDisplayTime: number;
  width: number;
  height: number;
  rtpTimestamp?: number;
}
type FrameVideo = HTMLVideoElement & {
  requestVideoFrameCallback?: (callback: (now: number, frame: Frame) => void) => number;
};

const kTicks = { audio: 48, camera: 90, screen: 90 }; // a millisecond
const kSoundAgeMs = 400; // older: nothing is played (switched off, lost)
const kPictureAgeMs = 2500; // a still screen sends about once a second
const kMeasureMs = 1000;
const kFrames = 3; // of which the middle one counts
const kSamples = 30;
const kNtpToUnixMs = 2_208_988_800_000;

const wall = () => performance.timeOrigin + performance.now();

export class ClassClock {
  private readonly host: ClockHost;
  private times: Times | null = null;
  private link: PlayLink | null = null;
  private readonly frames: Record<'camera' | 'screen', Played[]> = { camera: [], screen: [] };
  private readonly looking = new Set<Track>();
  // How far the sound card is behind the decoder. Chromium alone tells.
  private deviceMs = 0;
  private playout = { delay: 0, samples: 0 };
  // Class time minus the browser's clock, as each of the last sender reports showed it.
  private samples: number[] = [];

  constructor(host: ClockHost, env: Environment = kBrowser) {
    this.host = host;
    const lookAtAll = () => {
      for (const track of ['camera', 'screen'] as const) this.look(track, host.videos[track]);
    };
    lookAtAll();
    env.every(kMeasureMs, () => {
      lookAtAll();
      void this.measure();
    });
  }

  onTimes(times: Times): void {
    this.times = times;
  }

  // Class time (ms since 1970 on the server's clock) of what is heard now; null while neither sound
  // nor picture plays: then nothing has to wait for it.
  heardNow(now = wall()): number | null {
    return (
      this.at('audio', this.sound(), now, kSoundAgeMs, this.deviceMs) ??
      this.picture('screen', now) ??
      this.picture('camera', now)
    );
  }

  // When what is of this class time is heard: ms since 1970 on the browser's clock.
  heardAt(classMs: number, now = wall()): number | null {
    const heard = this.heardNow(now);
    return heard === null ? null : now + classMs - heard;
  }

  // Class time now, as it is at the server; null before its first report.
  now(now = wall()): number | null {
    return this.samples.length > 0 ? now + Math.max(...this.samples) : null;
  }

  // From the teacher to here: of the picture, and of the sound while there is none.
  latencyMs(at = wall()): number | null {
    const now = this.now(at);
    const shown =
      this.picture('camera', at) ??
      this.picture('screen', at) ??
      this.at('audio', this.sound(), at, kSoundAgeMs, this.deviceMs);
    return now === null || shown === null ? null : Math.max(0, now - shown);
  }

  private sound(): Played | undefined {
    if (!this.host.hasMicrophone()) return undefined;
    const source = this.host.link()?.audio.getSynchronizationSources()[0];
    return source && { rtp: source.rtpTimestamp, at: source.timestamp, height: 0 };
  }

  // The class time that the picture is at `now`, by the middle one of the frames lately shown.
  private picture(track: 'camera' | 'screen', now: number): number | null {
    const found = this.frames[track]
      .map((frame) => this.at(track, frame, now, kPictureAgeMs))
      .filter((at) => at !== null)
      .sort((a, b) => a - b);
    return found[found.length >> 1] ?? null;
  }

  // The class time that `track` is at `now`, by what it played last.
  private at(
    track: Track,
    played: Played | undefined,
    now: number,
    mostMs: number,
    behindMs = 0,
  ): number | null {
    const { times } = this;
    if (played === undefined || now - played.at > mostMs) return null;
    // An encoding whose size the server does not know is alone.
    const encodings = times?.tracks[track] ?? [];
    const time = encodings.find(({ height }) => height === played.height) ?? encodings[0];
    if (time === undefined) return null;
    if (!this.host.link()?.session?.id.startsWith(`w${times?.worker}-`)) return null;
    const ticks = (played.rtp - time.rtp) | 0; // RTP times wrap
    return time.at / 1000 + ticks / kTicks[track] + (now - played.at) - behindMs;
  }

  // The next `count` pictures that are shown. While there is no sound, by all: a browser that draws
  // its buffer down changes its delay by 0.2 s a second. Else a few in a second are enough.
  private look(track: 'camera' | 'screen', video: FrameVideo, count = kFrames): void {
    if (this.looking.has(track) || video.requestVideoFrameCallback === undefined) return;
    this.looking.add(track);
    video.requestVideoFrameCallback((_, frame) => {
      this.looking.delete(track);
      const { rtpTimestamp, expectedDisplayTime, width, height } = frame;
      if (rtpTimestamp === undefined) return;
      const at = performance.timeOrigin + expectedDisplayTime;
      const shown = { rtp: rtpTimestamp, at, height: Math.min(width, height) };
      this.frames[track] = [...this.frames[track], shown].slice(-kFrames);
      const isSilent = this.at('audio', this.sound(), wall(), kSoundAgeMs) === null;
      if (isSilent || count > 1) this.look(track, video, isSilent ? kFrames : count - 1);
    });
  }

  private async measure(): Promise<void> {
    const link = this.host.link();
    if (link !== this.link) this.samples = [];
    this.link = link;
    if (link === null) return;
    const stats = await readStats(link.pc);
    const rtt = roundTripMs(selectedPair(stats)) ?? 0;
    for (const stat of stats) {
      if (stat.type === 'media-playout') this.readPlayout(stat);
      if (stat.type === 'remote-outbound-rtp') this.readReport(stat, rtt);
    }
  }

  private readPlayout(stat: Stat): void {
    const delay = number(stat, 'totalPlayoutDelay');
    const samples = number(stat, 'totalSamplesCount');
    const more = samples - this.playout.samples;
    if (more > 0) this.deviceMs = (1000 * (delay - this.playout.delay)) / more;
    this.playout = { delay, samples };
  }

  // A report says what class time was when it left the server; the fastest of them tells the most.
  private readReport(stat: Stat, rtt: number): void {
    const sent = number(stat, 'remoteTimestamp');
    const unix = sent > kNtpToUnixMs ? sent - kNtpToUnixMs : sent;
    if (unix <= 0) return;
    this.samples.push(unix + rtt / 2 - number(stat, 'timestamp'));
    if (this.samples.length > kSamples) this.samples.shift();
  }
}
