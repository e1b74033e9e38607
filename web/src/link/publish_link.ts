// A link that sends a class (WHIP): microphone, camera in three sizes, screen. All three places are
// offered from the start and tracks are put in and taken out with replaceTrack: nothing is ever
// renegotiated.

import type { Environment } from '../base/environment';
import { MediaLink, preferCodecs, type VideoCodec } from './media_link';
import type { Patience } from './patience';
import { number, readStats } from './stats_report';

export interface Tracks {
  microphone: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  screen: MediaStreamTrack | null;
}

// Which sizes a camera is sent in: a 720p one as 180p, 360p and 720p. Browsers drop the largest of
// three where the picture is too small to be worth them, so a small camera gets fewer. The server
// orders encodings by picture size, not by rid.
const kRates = [
  { rid: 'l', maxBitrate: 150_000 },
  { rid: 'm', maxBitrate: 500_000 },
  { rid: 'h', maxBitrate: 1_800_000 },
];

// `needed`: rids that the server needs, null while it has not said ([P47]).
export function cameraEncodings(
  height: number,
  needed: readonly string[] | null = null,
): RTCRtpEncodingParameters[] {
  const sizes = height >= 540 ? 3 : height >= 270 ? 2 : 1;
  return kRates.map((rate, i) => ({
    ...rate,
    active: i < sizes && (needed === null || needed.includes(rate.rid)),
    scaleResolutionDownBy: 2 ** Math.max(0, sizes - 1 - i),
  }));
}

function heightOf(track: MediaStreamTrack | null): number {
  return track?.getSettings().height ?? 720;
}

const kStartPollMs = 50;
const kLongestStartMs = 2000; // of the encoder, which waits for no round trip

const kScreenEncodings: RTCRtpEncodingParameters[] = [{ maxBitrate: 2_500_000 }];

export class PublishLink extends MediaLink {
  readonly microphone: RTCRtpSender;
  readonly camera: RTCRtpSender;
  readonly screen: RTCRtpSender;

  private needed: readonly string[] | null = null;
  private fitted: Promise<void> = Promise.resolve(); // setParameters, one after another

  constructor(tracks: Tracks, codec: VideoCodec, patience: Patience, env?: Environment) {
    super(patience, env);
    const codecs = (kind: string) => RTCRtpSender.getCapabilities?.(kind)?.codecs ?? [];
    const add = (
      kind: 'audio' | 'video',
      track: MediaStreamTrack | null,
      sendEncodings: RTCRtpEncodingParameters[],
    ) => {
      const transceiver = this.pc.addTransceiver(track ?? kind, {
        direction: 'sendonly',
        sendEncodings,
      });
      preferCodecs(transceiver, codecs(kind), codec);
      return transceiver.sender;
    };
    this.microphone = add('audio', tracks.microphone, [{}]);
    this.camera = add('video', tracks.camera, cameraEncodings(heightOf(tracks.camera)));
    this.screen = add('video', tracks.screen, kScreenEncodings);
    this.makeOffer();
  }

  // Which m-line carries which track, by mid.
  mids(): Record<string, keyof Tracks> {
    const mids: Record<string, keyof Tracks> = {};
    for (const { mid, sender } of this.pc.getTransceivers()) {
      if (mid === null) continue;
      mids[mid] =
        sender === this.microphone ? 'microphone' : sender === this.camera ? 'camera' : 'screen';
    }
    return mids;
  }

  async put(tracks: Tracks): Promise<void> {
    const place = async (sender: RTCRtpSender, track: MediaStreamTrack | null) => {
      if (sender.track !== track) await sender.replaceTrack(track);
    };
    if (tracks.camera !== null && tracks.camera !== this.camera.track) {
      await this.fitCamera(heightOf(tracks.camera));
    }
    await Promise.all([
      place(this.microphone, tracks.microphone),
      place(this.camera, tracks.camera),
      place(this.screen, tracks.screen),
    ]);
  }

  // Resolves when each picture that is put in leaves, or should have: until then the class is fed by
  // the link before this one. A browser takes up to a second to begin.
  async whenSending(): Promise<void> {
    const pictures = [this.camera, this.screen].filter(({ track }) => track !== null).length;
    const deadline = this.env.now() + kLongestStartMs;
    while (this.env.now() < deadline) {
      const sent = (await readStats(this.pc)).filter(
        (s) => s.type === 'outbound-rtp' && s.kind === 'video' && number(s, 'framesEncoded') > 0,
      );
      if (new Set(sent.map(({ mid }) => mid)).size >= pictures) return;
      await new Promise<void>((resolve) => this.env.after(kStartPollMs, resolve));
    }
  }

  // The rids of the camera that the server does not need now.
  resting(): ReadonlySet<string> {
    const { needed } = this;
    const rids = kRates.map(({ rid }) => rid);
    return new Set(needed === null ? [] : rids.filter((rid) => !needed.includes(rid)));
  }

  // What somebody receives, of the camera's encodings ([P47]): the others rest.
  need(rids: readonly string[]): Promise<void> {
    this.needed = rids;
    return this.fitCamera(heightOf(this.camera.track));
  }

  // Another camera, another height: the encodings keep their rids and change their sizes.
  private fitCamera(height: number): Promise<void> {
    const fit = async () => {
      const parameters = this.camera.getParameters();
      const wanted = cameraEncodings(height, this.needed);
      parameters.encodings.forEach((encoding, i) => Object.assign(encoding, wanted[i]));
      await this.camera.setParameters(parameters);
    };
    this.fitted = this.fitted.then(fit).catch(() => {}); // then the old ones remain
    return this.fitted;
  }
}
