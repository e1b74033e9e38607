// The teacher's side of a class, without its looks: tracks in, WHIP link and WebSocket kept up,
// and what the server tells of the students.

import { readCodecs } from '../link/codecs';
import { kBrowser, type Environment } from '../base/environment';
import { clientName } from '../base/identity';
import type { Said, UnusableReason } from '../link/codes';
import { LinkKeeper, type LinkHost } from '../link/link_keeper';
import type { VideoCodec } from '../link/media_link';
import type { Refusal } from '../link/media_session';
import type { Rung, ServerMessage, Trouble } from '../link/messages';
import { OutboundReader, type Outbound, type SentEncoding } from '../link/outbound';
import { Patience } from '../link/patience';
import { PublishLink, type Tracks } from '../link/publish_link';
import { ClassSocket, type SocketHost, type SocketRefusal } from '../link/socket';
import type { Seat } from '../link/ticket';
import { waitOf, type Final, type Wait } from '../link/verdict';
import { teachStateOf, type TeachKnown, type TeachRefused, type TeachState } from './teach_state';

export interface Audience {
  viewers: number;
  rungs: Record<Rung, number>;
  trouble: Trouble;
}

export class Teacher implements LinkHost<PublishLink>, SocketHost {
  onChange: () => void = () => {};
  // What the room's bundle is for.
  onRoom: (message: ServerMessage) => void = () => {};
  onRemark: (said: Said) => void = () => {};
  said: Said = {}; // by the server of why the page waits: what its sentence fills in
  // By track ('' where it cannot be told): the server gets it and can do nothing with it.
  readonly unusable = new Map<string, UnusableReason>();
  audience: Audience = { viewers: 0, rungs: {}, trouble: { sound: 0, picture: 0 } };
  sending: Outbound | null = null;
  readonly tracks: Tracks = { microphone: null, camera: null, screen: null };

  readonly seat: Seat;
  readonly patience = new Patience();

  private readonly env: Environment;
  private readonly socket: ClassSocket;
  private readonly keeper: LinkKeeper<PublishLink>;
  private readonly reader = new OutboundReader();
  private chosenCodec: VideoCodec;
  private reconnects = 0;
  private reconnectReason: string | null = null; // of the last one
  // The page comes back by itself: nobody has asked it to take the class from another page [P100].
  private isResuming = false;
  private isAdmitted = false;
  private readonly known: TeachKnown;

  constructor(classId: string, codec: VideoCodec, env: Environment = kBrowser) {
    this.seat = { class: classId, role: 'teacher' };
    this.env = env;
    this.chosenCodec = readCodecs().includes(codec) ? codec : 'vp8';
    this.known = {
      isStarted: false,
      isOnline: env.isOnline(),
      media: 'idle',
      hasBeenUp: false,
      wait: null,
      isUnknownClass: false,
      refused: null,
    };
    this.socket = new ClassSocket(this, this.patience, env);
    this.keeper = new LinkKeeper(this, this.patience, env);
    for (const name of ['online', 'offline'] as const) {
      env.on(name, () => this.change({ isOnline: env.isOnline() }));
    }
  }

  get state(): TeachState {
    return teachStateOf(this.known);
  }

  get isStarted(): boolean {
    return this.known.isStarted;
  }

  get codec(): VideoCodec {
    return this.chosenCodec;
  }

  // A running class changes its codec by a new link; students follow without a break.
  set codec(codec: VideoCodec) {
    if (codec === this.chosenCodec) return;
    this.chosenCodec = codec;
    this.keeper.reconnect('codec');
  }

  // The page has its token, or needs none. The class's place at the server comes before it starts:
  // who is waiting shows at once.
  admit(): void {
    this.isAdmitted = true;
    this.change({ wait: null });
    this.socket.connect();
    if (this.known.isStarted) this.keeper.start();
  }

  refuse(refused: TeachRefused): void {
    this.keeper.stop();
    this.change({ refused, isStarted: false, media: 'idle' });
  }

  // `isResuming`: by itself, after a reload.
  start(isResuming = false): void {
    this.isResuming = isResuming;
    this.change({ isStarted: true, refused: null, media: 'connecting', hasBeenUp: false });
    if (!this.isAdmitted) return;
    this.socket.connect();
    this.keeper.start();
  }

  stop(): void {
    this.keeper.stop();
    this.sending = null;
    this.change({ isStarted: false, media: 'idle' });
  }

  // Puts a track in its place, or takes it out (null). A microphone's `enabled` may change without.
  async put(kind: keyof Tracks, track: MediaStreamTrack | null): Promise<void> {
    this.tracks[kind] = track;
    this.saySources();
    await this.keeper.link?.put(this.tracks);
    this.onChange();
  }

  saySources(): void {
    const { microphone, camera, screen } = this.tracks;
    this.socket.send({
      type: 'sources',
      camera: camera !== null,
      microphone: microphone?.enabled ?? false,
      screen: screen !== null,
    });
  }

  // ---- LinkHost

  makeLink(): PublishLink {
    return new PublishLink(this.tracks, this.chosenCodec, this.patience, this.env);
  }

  path(): string {
    const resume = this.isResuming ? '&resume=1' : '';
    return `whip/${encodeURIComponent(this.seat.class)}?client=${clientName()}${resume}`;
  }

  async read(link: PublishLink): Promise<number | null> {
    const sending = await this.reader.read(link.pc, link.mids(), link.resting());
    if (link !== this.keeper.link) return null;
    // A track that was taken out leaves its counters behind.
    const isPresent = ({ track }: SentEncoding) => this.tracks[track] !== null;
    if (typeof sending?.rttMs === 'number') this.patience.measured(sending.rttMs);
    this.sending = sending && { ...sending, encodings: sending.encodings.filter(isPresent) };
    this.onChange();
    const isSending = Object.values(this.tracks).some((track) => track !== null);
    return isSending && sending !== null ? sending.heardBytes : null;
  }

  ask(): void {
    this.socket.check();
    this.sayMedia();
  }

  onConnecting(reason: string): void {
    if (reason !== 'drain' && reason !== 'codec') this.change({ media: 'connecting' });
    if (this.known.hasBeenUp) {
      this.reconnects++;
      this.reconnectReason = reason;
    }
    this.socket.check();
  }

  async onConnected(link: PublishLink): Promise<void> {
    this.isResuming = true;
    this.change({ media: 'up', hasBeenUp: true, wait: null, isUnknownClass: false });
    this.sayMedia();
    this.saySources();
    // Tracks may have changed since the offer was made.
    await link.put(this.tracks);
    await link.unlessClosed(link.whenSending());
  }

  onFailed(refusal: Refusal | null): void {
    const verdict = refusal?.verdict;
    this.said = refusal?.said ?? {};
    this.change({
      media: 'connecting',
      wait: waitOf(verdict),
      isUnknownClass: verdict === 'unknown',
    });
  }

  // From the media side or from the WebSocket, by a verdict that is final.
  onRefused({ verdict }: Refusal | SocketRefusal): void {
    const isReplaced = verdict === 'conflict' && this.isResuming;
    this.refuse(isReplaced ? 'replaced' : (verdict as Final));
  }

  // ---- SocketHost

  // Also from the page, while the link's ticket could not be redeemed yet.
  onWait(wait: Wait, said: Said = {}): void {
    this.said = said;
    this.change({ wait });
  }

  onWelcome(): void {
    this.change({ wait: null, isUnknownClass: false });
    this.sayMedia();
    if (this.known.isStarted) this.saySources();
  }

  onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'audience':
        this.audience = {
          viewers: message.viewers,
          rungs: message.rungs ?? {},
          trouble: message.trouble ?? { sound: 0, picture: 0 },
        };
        this.onChange();
        break;
      case 'encodings':
        if (message.session === this.keeper.session && message.camera !== undefined) {
          void this.keeper.link?.need(message.camera);
        }
        break;
      case 'unusable':
        if (message.session !== this.keeper.session) break;
        if (message.reason === undefined) this.unusable.delete(message.track ?? '');
        else this.unusable.set(message.track ?? '', message.reason);
        this.onChange();
        break;
      case 'reactions':
        this.onRoom(message);
        break;
      case 'move':
        this.keeper.reconnect(message.reason);
        break;
      case 'replaced':
        this.refuse('replaced');
        break;
      case 'error':
        if (message.code === 'unknown-class') this.change({ isUnknownClass: true });
        this.onRemark(message);
        break;
    }
  }

  react(kind: string): void {
    this.socket.send({ type: 'reaction', kind });
  }

  // As window.lectern.stats() on this page gives it (docs/testing.md).
  stats(): Record<string, unknown> {
    const { sending } = this;
    return {
      state: this.state,
      viewers: this.audience.viewers,
      rungs: this.audience.rungs,
      rtt_ms: sending?.rttMs ?? null,
      loss: sending?.loss ?? null,
      key_frames: sending?.keyFrames ?? 0,
      reconnects: this.reconnects,
      reconnect_reason: this.reconnectReason,
      encodings: sending?.encodings ?? [],
    };
  }

  // ---- private

  private sayMedia(): void {
    this.unusable.clear(); // what still holds is said again
    const session = this.keeper.session;
    if (session !== null) this.socket.send({ type: 'media', session });
  }

  private change(known: Partial<TeachKnown>): void {
    Object.assign(this.known, known);
    this.onChange();
  }
}
