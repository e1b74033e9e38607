// One media connection of a page: an RTCPeerConnection and its WHIP or WHEP session. It is never
// repaired: a link that is lost is replaced by a new one (link_keeper.ts).

import { LinkWatch } from './link_watch';
import { createSession, deleteSession, type MediaSession } from './media_session';
import { withGcmAlone, withSoundRepair, withoutStrays } from './offer_text';

const kConnectTimeoutMs = 4000;
const kLongestGoodbyeMs = 1000;

// Until a link of this page shows otherwise: a browser tells by its API only what it has chosen.
let takesGcm = true;

// What the server takes and sends. All else in an offer would be bytes that a 2G link carries for
// nothing: a browser's full offer has 10 KB, one with these 3.
function isWanted(codec: RTCRtpCodec): boolean {
  const fmtp = codec.sdpFmtpLine ?? '';
  switch (codec.mimeType.toLowerCase()) {
    case 'audio/opus':
    case 'video/vp8':
    case 'video/rtx':
      return true;
    case 'video/h264':
      return /packetization-mode=1/.test(fmtp) && /profile-level-id=42/i.test(fmtp);
    default:
      return false;
  }
}

export type VideoCodec = 'vp8' | 'h264';

// Offers only what the server carries, `first` before the others.
export function preferCodecs(
  transceiver: RTCRtpTransceiver,
  all: readonly RTCRtpCodec[],
  first: VideoCodec = 'vp8',
): void {
  const rank = (codec: RTCRtpCodec) => (codec.mimeType.toLowerCase() === `video/${first}` ? 0 : 1);
  const codecs = all.filter(isWanted).sort((a, b) => rank(a) - rank(b));
  if (codecs.length > 0 && 'setCodecPreferences' in transceiver) {
    transceiver.setCodecPreferences(codecs);
  }
}

export class MediaLink {
  readonly pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  readonly watch = new LinkWatch();
  readonly madeAt = performance.now();
  session: MediaSession | null = null;

  private offered: Promise<void> = Promise.resolve();
  private isClosed = false;
  private onClosed: (reason: Error) => void = () => {};

  constructor() {
    const observe = () => {
      const now = performance.now();
      this.watch.onState(now, this.pc.iceConnectionState);
      this.watch.onState(now, this.pc.connectionState);
    };
    this.pc.addEventListener('connectionstatechange', observe);
    this.pc.addEventListener('iceconnectionstatechange', observe);
  }

  // Makes the offer, before anyone waits for it: call once the transceivers are there.
  protected makeOffer(): void {
    this.offered = this.offer();
    this.offered.catch(() => {}); // open() throws it
  }

  // Resolves when media can flow; rejects with Refusal or any other error when it will not.
  async open(path: string, token: string | null): Promise<void> {
    await this.offered;
    const offer = this.pc.localDescription?.sdp;
    if (offer === undefined) throw new Error('no offer');
    const text = withoutStrays(offer);
    const session = await createSession(path, takesGcm ? withGcmAlone(text) : text, token);
    if (this.isClosed) {
      void deleteSession(session, token);
      throw new Error('closed');
    }
    this.session = session;
    const connected = this.whenConnected();
    // Handled here too: setRemoteDescription may throw first.
    connected.catch(() => {
      // The path was there, and yet nothing was agreed on.
      if (['connected', 'completed'].includes(this.pc.iceConnectionState)) takesGcm = false;
    });
    await this.pc.setRemoteDescription({ type: 'answer', sdp: session.answer });
    await connected;
  }

  // The server is told before the connection goes: a session that ends by DELETE is over, one whose
  // connection breaks off may come back.
  close(token: string | null): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onClosed(new Error('closed'));
    const told = this.session === null ? Promise.resolve() : deleteSession(this.session, token);
    const late = new Promise((resolve) => setTimeout(resolve, kLongestGoodbyeMs));
    void Promise.race([told, late]).then(() => this.pc.close());
  }

  private async offer(): Promise<void> {
    const { sdp } = await this.pc.createOffer();
    await this.pc
      .setLocalDescription({ type: 'offer', sdp: withSoundRepair(sdp ?? '') })
      .catch(() => this.pc.setLocalDescription());
  }

  private whenConnected(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(new Error('no connection')), kConnectTimeoutMs);
      const settle = (error: Error | null) => {
        clearTimeout(timer);
        this.pc.removeEventListener('connectionstatechange', check);
        if (error === null) resolve();
        else reject(error);
      };
      const check = () => {
        if (this.pc.connectionState === 'connected') settle(null);
        else if (this.pc.connectionState === 'failed') settle(new Error('failed'));
      };
      this.pc.addEventListener('connectionstatechange', check);
      this.onClosed = settle;
      check();
    });
  }
}
