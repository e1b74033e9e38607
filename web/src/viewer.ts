// A student's visit to a class, without its looks: the WebSocket for what is said about the class,
// the media link for the class itself, and the statistics of the whole visit. Either connection may
// be lost and come back without the other noticing.

import { Counters, Pulse, Rate } from './counters';
import { readInbound, type Inbound } from './inbound';
import { LinkKeeper, type LinkHost } from './link_keeper';
import type { Refusal } from './media_session';
import { kVersion, type ClientMessage, type Report, type ServerMessage } from './messages';
import { PlayLink } from './play_link';
import { ClassSocket, type SocketHost } from './socket';
import { isAnythingOn, kNothing } from './sources';
import type { Stage } from './stage';
import { clientName, keepToken, storedToken } from './ticket';
import { stateOf, type Known, type Refused, type State } from './watch_state';

const kReportMs = 5000;
const kFlowingMs = 2500; // a still screen sends about once a second
const kLossTicks = 10; // loss is that of the last 5 s

export class Viewer implements LinkHost<PlayLink>, SocketHost {
  onChange: () => void = () => {};
  rung: string | null = null;
  reason: string | null = null;
  joinMs: number | null = null;
  latest: Inbound | null = null;
  bitRate: number | null = null;

  private readonly classId: string;
  private readonly stage: Stage;
  private readonly socket: ClassSocket;
  private readonly keeper: LinkKeeper<PlayLink>;
  private readonly counters = new Counters();
  private readonly byteRate = new Rate();
  private readonly lossHistory: { lost: number; packets: number }[] = [];
  private limitedTo: string | null = null;
  private tappedAt = 0;
  private readonly media = new Pulse(kFlowingMs);
  private readonly sound = new Pulse(kFlowingMs);
  private readonly picture = new Pulse(kFlowingMs);
  private reconnects = 0;
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
      this.media.note(performance.now());
      this.change({ isFlowing: true, hasPlayed: true });
    };
    stage.onFirstFrame = () => {
      this.joinMs = performance.now() - this.tappedAt;
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
    this.media.update(now, inbound.mediaBytes);
    this.sound.update(now, inbound.soundBytes);
    this.picture.update(now, inbound.counters.frames_decoded ?? 0);
    this.latest = inbound;
    this.counters.update(inbound.counters);
    this.lossHistory.push({
      lost: this.counters.total('lost'),
      packets: this.counters.total('packets'),
    });
    if (this.lossHistory.length > kLossTicks) this.lossHistory.shift();
    const bytesPerSecond = this.byteRate.update(now, this.counters.total('bytes'));
    this.bitRate = bytesPerSecond === null ? null : bytesPerSecond * 8;
    const isFlowing = this.media.isMoving(now);
    this.change({ isFlowing, hasPlayed: this.known.hasPlayed || isFlowing });
    const { teacher, sources } = this.known;
    return teacher === 'live' && isAnythingOn(sources) ? inbound.mediaBytes : null;
  }

  ask(): void {
    this.socket.check();
    this.sayMedia();
  }

  onConnecting(reason: string): void {
    // A worker about to stop plays on until we have moved: nothing to tell the student.
    if (reason !== 'drain') this.change({ media: 'connecting' });
    if (this.known.hasPlayed) this.reconnects++;
    this.socket.check();
  }

  async onConnected(link: PlayLink): Promise<void> {
    this.counters.rollOver();
    this.latest = null;
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

  // ---- statistics

  // The visit so far, as window.lectern.stats() gives it (docs/testing.md).
  stats(): Record<string, unknown> {
    const { latest, counters } = this;
    return {
      state: this.state,
      rung: this.rung ?? (latest?.height ? `${latest.height}p` : null),
      reason: this.reason,
      rtt_ms: latest?.rttMs ?? null,
      loss: this.loss(),
      bytes: counters.total('bytes'),
      frames_decoded: counters.total('frames_decoded'),
      freezes: counters.total('freezes'),
      freeze_seconds: counters.total('freeze_seconds'),
      audio_ms_concealed: this.concealedMs(),
      audio_energy: counters.total('audio_energy'),
      board_seq: null,
      latency_ms: latest?.latencyMs ?? null,
      join_ms: this.joinMs,
      reconnects: this.reconnects,
      width: latest?.width ?? 0,
      height: latest?.height ?? 0,
      fps: latest?.fps ?? 0,
      codec: latest?.codec ?? '',
    };
  }

  loss(): number {
    const newest = this.lossHistory[this.lossHistory.length - 1];
    const oldest = this.lossHistory[0];
    if (newest === undefined || oldest === undefined) return 0;
    const lost = newest.lost - oldest.lost;
    const received = newest.packets - oldest.packets;
    return lost > 0 ? lost / (lost + received) : 0;
  }

  total(name: string): number {
    return this.counters.total(name);
  }

  concealedMs(): number {
    return this.counters.total('concealed_samples') / 48; // Opus plays at 48 kHz
  }

  // ---- private

  private sayMedia(): void {
    const session = this.keeper.session;
    if (session !== null) this.socket.send({ type: 'media', session });
  }

  private report(): void {
    if (!this.known.isJoined || this.known.media === 'idle') return;
    const now = performance.now();
    const { camera, screen, microphone } = this.known.sources;
    const isPictureDue = (camera || screen) && this.rung !== 'audio';
    const report: Report = {
      type: 'report',
      playing: !isPictureDue || this.picture.isMoving(now),
      sound: !microphone || this.sound.isMoving(now),
      loss: this.loss(),
      freezes: this.total('freezes'),
      audio_ms_concealed: Math.round(this.concealedMs()),
      bytes: this.total('bytes'),
    };
    if (this.rung !== null) report.rung = this.rung;
    const rtt = this.latest?.rttMs;
    if (typeof rtt === 'number') report.rtt_ms = Math.round(rtt);
    this.socket.send(report);
  }

  private change(known: Partial<Known>): void {
    const before = this.state;
    Object.assign(this.known, known);
    if (this.state !== before || 'teacher' in known) this.onChange();
  }
}
