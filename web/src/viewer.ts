// A student's visit to a class, without its looks: the WebSocket for what is said about the class,
// the media link for the class itself, and the statistics of the whole visit. Either connection may
// be lost and come back without the other noticing.

import { readInbound } from './inbound';
import { LinkKeeper, type LinkHost } from './link_keeper';
import type { Refusal } from './media_session';
import { kVersion, type ClientMessage, type Report, type ServerMessage } from './messages';
import { PlayLink } from './play_link';
import { ClassSocket, type SocketHost } from './socket';
import { isAnythingOn, kNothing } from './sources';
import type { Stage } from './stage';
import { clientName, keepToken, storedToken } from './ticket';
import { Visit } from './visit';
import { stateOf, type Known, type Refused, type State } from './watch_state';

const kReportMs = 5000;

export class Viewer implements LinkHost<PlayLink>, SocketHost {
  onChange: () => void = () => {};
  rung: string | null = null;
  reason: string | null = null;
  readonly visit = new Visit();

  private readonly classId: string;
  private readonly stage: Stage;
  private readonly socket: ClassSocket;
  private readonly keeper: LinkKeeper<PlayLink>;
  private limitedTo: string | null = null;
  private tappedAt = 0;
  private readonly known: Known = {
    isJoined: false,
    isOnline: navigator.onLine,
    teacher: null,
    wasLive: false,
    sources: kNothing,
    media: 'idle',
    hasPlayed: false,
    isFlowing: false,
    isUnknownClass: false,
    isFull: false,
    refused: null,
  };

  constructor(classId: string, stage: Stage) {
    this.classId = classId;
    this.stage = stage;
    this.socket = new ClassSocket(this);
    this.keeper = new LinkKeeper(`/whep/${encodeURIComponent(classId)}`, this);
    stage.onPicture = () => {
      this.visit.sawPicture(performance.now());
      this.change({ isFlowing: true, hasPlayed: true });
    };
    stage.onFirstFrame = () => {
      this.visit.joinMs = performance.now() - this.tappedAt;
    };
    for (const name of ['online', 'offline']) {
      addEventListener(name, () => this.change({ isOnline: navigator.onLine }));
    }
    setInterval(() => this.report(), kReportMs);
  }

  get state(): State {
    return stateOf(this.known);
  }

  get teacher(): Known['teacher'] {
    return this.known.teacher;
  }

  get isJoined(): boolean {
    return this.known.isJoined;
  }

  // Before the tap: the class's state, and an offer ready to go.
  prepare(): void {
    this.socket.connect();
    this.keeper.prepare();
  }

  refuse(refused: Refused): void {
    this.change({ refused });
  }

  // The tap.
  join(): void {
    this.tappedAt = performance.now();
    this.stage.unlock();
    this.change({ isJoined: true, media: 'connecting', refused: null });
    this.socket.connect();
    this.keeper.start();
  }

  // Back to the poster: the browser wants a tap before it plays.
  leave(): void {
    this.keeper.stop();
    this.change({ isJoined: false, media: 'idle', isFlowing: false });
  }

  // At most this rung; null: whatever the link carries.
  limit(rung: string | null): void {
    this.limitedTo = rung;
    this.socket.send({ type: 'limit', rung });
  }

  // ---- LinkHost

  makeLink(): PlayLink {
    return new PlayLink();
  }

  token(): string | null {
    return storedToken('student', this.classId);
  }

  async read(link: PlayLink): Promise<number | null> {
    const inbound = await readInbound(link.pc);
    if (inbound === null || link !== this.keeper.link) return null;
    const now = performance.now();
    this.visit.read(now, inbound);
    const { teacher, sources } = this.known;
    const isFlowing = this.visit.isFlowing(now, teacher === 'live');
    this.change({ isFlowing, hasPlayed: this.known.hasPlayed || isFlowing });
    return teacher === 'live' && isAnythingOn(sources) ? inbound.mediaBytes : null;
  }

  ask(): void {
    this.socket.check();
    this.sayMedia();
  }

  onConnecting(reason: string): void {
    // A worker about to stop plays on until we have moved: nothing to tell the student.
    if (reason !== 'drain') this.change({ media: 'connecting' });
    if (this.known.hasPlayed) this.visit.reconnects++;
    this.socket.check();
  }

  async onConnected(link: PlayLink): Promise<void> {
    this.visit.rollOver();
    this.change({ media: 'up', isFull: false, isUnknownClass: false });
    this.sayMedia();
    await this.stage.show(link);
  }

  onFailed(refusal: Refusal | null): void {
    this.change({ isFull: refusal?.status === 503, isUnknownClass: refusal?.status === 404 });
  }

  // From the media side (a Refusal) or from the WebSocket (an error code).
  onRefused(why: Refusal | string): void {
    const status = typeof why === 'string' ? 0 : why.status;
    if (status === 401 || String(why).startsWith('token-')) this.refuse('token');
    else if (status === 403 || why === 'forbidden') this.refuse('forbidden');
    else if (why === 'version') this.refuse('version');
    else this.refuse('unsupported');
    this.keeper.stop();
  }

  // ---- SocketHost

  hello(): ClientMessage {
    const token = this.token();
    return {
      type: 'hello',
      class: this.classId,
      role: 'student',
      version: kVersion,
      client: clientName(),
      ...(token === null ? {} : { token }),
    };
  }

  onWelcome(): void {
    this.change({ isUnknownClass: false });
    if (this.limitedTo !== null) this.socket.send({ type: 'limit', rung: this.limitedTo });
    this.sayMedia();
  }

  onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'class':
        this.stage.setSources(message.sources);
        this.change({
          teacher: message.teacher,
          sources: message.sources,
          wasLive: this.known.wasLive || message.teacher === 'live',
        });
        break;
      case 'rung':
        this.rung = message.rung;
        this.reason = message.reason;
        this.onChange();
        break;
      case 'move':
        this.keeper.reconnect(message.reason);
        break;
      case 'token':
        keepToken('student', this.classId, message.token);
        break;
      case 'error':
        if (message.code === 'unknown-class') this.change({ isUnknownClass: true });
        break;
    }
  }

  onLost(): void {
    // Nothing to say: the media goes on, and its own watch says when it does not.
  }

  // The visit so far, as window.lectern.stats() gives it (docs/testing.md).
  stats(): Record<string, unknown> {
    return {
      state: this.state,
      rung: this.shownRung(),
      reason: this.reason,
      ...this.visit.numbers(),
    };
  }

  // What the server says we receive; until it does, what arrives.
  shownRung(): string | null {
    const height = this.visit.latest?.height ?? 0;
    return this.rung ?? (height > 0 ? `${height}p` : null);
  }

  // ---- private

  private sayMedia(): void {
    const session = this.keeper.session;
    if (session !== null) this.socket.send({ type: 'media', session });
  }

  private report(): void {
    if (!this.known.isJoined || this.known.media === 'idle') return;
    const { visit } = this;
    const now = performance.now();
    const { camera, screen, microphone } = this.known.sources;
    const isPictureDue = (camera || screen) && this.rung !== 'audio';
    const report: Report = {
      type: 'report',
      playing: !isPictureDue || visit.isPictureMoving(now),
      sound: !microphone || visit.isSounding(now),
      loss: visit.loss(),
      freezes: visit.total('freezes'),
      audio_ms_concealed: Math.round(visit.concealedMs()),
      bytes: visit.total('bytes'),
    };
    if (this.rung !== null) report.rung = this.rung;
    const rtt = visit.latest?.rttMs;
    if (typeof rtt === 'number') report.rtt_ms = Math.round(rtt);
    this.socket.send(report);
  }

  private change(known: Partial<Known>): void {
    const before = this.state;
    Object.assign(this.known, known);
    if (this.state !== before || 'teacher' in known) this.onChange();
  }
}
