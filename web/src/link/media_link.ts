// One media connection of a page: an RTCPeerConnection and its WHIP or WHEP session. It is never
// repaired: a link that is lost is replaced by a new one (link_keeper.ts).

import { kBrowser, type Environment } from '../base/environment';
import { LinkWatch } from './link_watch';
import { createSession, deleteSession, type MediaSession } from './media_session';
import { withGcmAlone, withSoundRepair, withoutStrays } from './offer_text';
import type { Patience } from './patience';

const kLongestGoodbyeMs = 1000;

// Until a link of this page shows otherwise: a browser tells by its API only what it has chosen.
let takesGcm = true;

// What the server takes and sends. All else in an offer would be bytes that a 2G link carries for
// nothing: a browser's full offer has 10 KB, one with these 3. Of H.264 a browser sends Baseline, and
// receives also what encoders send by default: Main and High (RFC 6184 section 8.1).
function isWanted(codec: RTCRtpCodec, isReceived: boolean): boolean {
  const fmtp = codec.sdpFmtpLine ?? '';
  switch (codec.mimeType.toLowerCase()) {
    case 'audio/opus':
    case 'video/vp8':
    case 'video/rtx':
      return true;
    case 'video/h264':
      return (
        fmtp.includes('packetization-mode=1') &&
        (isReceived ? /profile-level-id=(42|4d|64)/i : /profile-level-id=42/i).test(fmtp)
      );
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
  const isReceived = transceiver.direction === 'recvonly';
  const codecs = all
    .filter((codec) => isWanted(codec, isReceived))
    .sort((a, b) => rank(a) - rank(b));
  if (codecs.length > 0 && 'setCodecPreferences' in transceiver) {
    transceiver.setCodecPreferences(codecs);
  }
}

export class MediaLink {
  readonly pc: RTCPeerConnection;
  readonly watch = new LinkWatch();
  readonly madeAt: number;
  session: MediaSession | null = null;

  // Rejects when the link is closed. A closed RTCPeerConnection settles none of its promises, so
  // whatever is awaited of a link is awaited by unlessClosed().
  private readonly closed: Promise<never>;
  readonly patience: Patience;
  protected readonly env: Environment;
  private offered: Promise<void> = Promise.resolve();
  private isClosed = false;
  private sayClosed: (reason: Error) => void = () => {};

  constructor(patience: Patience, env: Environment = kBrowser) {
    this.patience = patience;
    this.env = env;
    this.madeAt = env.now();
    this.pc = env.makeConnection();
    this.closed = new Promise((_, reject) => (this.sayClosed = reject));
    this.closed.catch(() => {}); // also when nobody waits
    const observe = () => {
      const now = env.now();
      this.watch.onState(now, this.pc.iceConnectionState);
      this.watch.onState(now, this.pc.connectionState);
    };
    this.pc.addEventListener('connectionstatechange', observe);
    this.pc.addEventListener('iceconnectionstatechange', observe);
  }

  unlessClosed<T>(step: Promise<T>): Promise<T> {
    return Promise.race([step, this.closed]);
  }

  // Makes the offer, before anyone waits for it: call once the transceivers are there.
  protected makeOffer(): void {
    this.offered = this.offer();
    this.offered.catch(() => {}); // open() throws it
  }

  // Resolves when media can flow; rejects with Refusal or any other error when it will not.
  async open(url: URL, token: string | null): Promise<void> {
    await this.unlessClosed(this.offered);
    const offer = this.pc.localDescription?.sdp;
    if (offer === undefined) throw new Error('no offer');
    const text = withoutStrays(offer);
    const posted = this.post(url, takesGcm ? withGcmAlone(text) : text, token);
    const session = await this.unlessClosed(posted);
    const connected = this.whenConnected();
    connected.catch(() => {
      // The path was there, and yet nothing was agreed on.
      if (!this.isClosed && ['connected', 'completed'].includes(this.pc.iceConnectionState)) takesGcm = false;
    });
    const answered = this.pc.setRemoteDescription({ type: 'answer', sdp: session.answer });
    await this.unlessClosed(Promise.all([answered, connected]));
  }

  // The server is told before the connection goes: a session that ends by DELETE is over, one whose
  // connection breaks off may come back.
  close(token: string | null): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.sayClosed(new Error('closed'));
    const end = () => this.pc.close();
    if (this.session === null) return end();
    this.env.after(kLongestGoodbyeMs, end);
    void deleteSession(this.session, token, this.env).then(end);
  }

  private async offer(): Promise<void> {
    const { sdp } = await this.pc.createOffer();
    await this.pc
      .setLocalDescription({ type: 'offer', sdp: withSoundRepair(sdp ?? '') })
      .catch(() => this.pc.setLocalDescription());
  }

  // A session whose answer comes after close() is ended.
  private async post(url: URL, offer: string, token: string | null): Promise<MediaSession> {
    try {
      const { requestMs } = this.patience;
      this.session = await createSession(this.env, requestMs, url, offer, token);
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') this.patience.missed();
      throw error;
    }
    if (this.isClosed) void deleteSession(this.session, token, this.env);
    return this.session;
  }

  private whenConnected(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null) => {
        cancel();
        this.pc.removeEventListener('connectionstatechange', check);
        if (error === null) resolve();
        else reject(error);
      };
      const check = () => {
        if (this.pc.connectionState === 'connected') settle(null);
        else if (this.pc.connectionState === 'failed') settle(new Error('failed'));
      };
      const cancel = this.env.after(this.patience.connectMs, () => {
        this.patience.missed();
        settle(new Error('no connection'));
      });
      this.pc.addEventListener('connectionstatechange', check);
      void this.closed.catch(settle);
      check();
    });
  }
}
