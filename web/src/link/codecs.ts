// Which picture formats this browser can send.

import type { VideoCodec } from './media_link';

export function readCodecs(): VideoCodec[] {
  const all = RTCRtpSender.getCapabilities?.('video')?.codecs ?? [];
  const can = (name: string) =>
    all.some((codec) => codec.mimeType.toLowerCase() === `video/${name}`);
  return (['vp8', 'h264'] as const).filter(can);
}
