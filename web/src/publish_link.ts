// A link that sends a class (WHIP): microphone, camera in three sizes, screen. All three places are
// offered from the start and tracks are put in and taken out with replaceTrack: nothing is ever
// renegotiated.

import { MediaLink, preferCodecs, type VideoCodec } from './media_link';

export interface Tracks {
  microphone: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  screen: MediaStreamTrack | null;
}

// Of a 720p camera: 180p, 360p, 720p. The server orders encodings by picture size, not by rid.
const kCameraEncodings: RTCRtpEncodingParameters[] = [
  { rid: 'l', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'm', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: 'h', scaleResolutionDownBy: 1, maxBitrate: 1_800_000 },
];
const kScreenEncodings: RTCRtpEncodingParameters[] = [{ maxBitrate: 2_500_000 }];

export class PublishLink extends MediaLink {
  readonly microphone: RTCRtpSender;
  readonly camera: RTCRtpSender;
  readonly screen: RTCRtpSender;

  constructor(tracks: Tracks, codec: VideoCodec) {
    super();
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
    this.camera = add('video', tracks.camera, kCameraEncodings);
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
    await Promise.all([
      place(this.microphone, tracks.microphone),
      place(this.camera, tracks.camera),
      place(this.screen, tracks.screen),
    ]);
  }
}
