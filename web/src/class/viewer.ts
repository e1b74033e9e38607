// A student's visit to a class, without its looks: the WebSocket for what is said about the class,
// the media link for the class itself, and the statistics of the whole visit. Either connection may
// be lost and come back without the other noticing.

import { kBrowser, type Environment } from '../base/environment';
import { clientName } from '../base/identity';
import type { Said } from '../link/codes';
import { readInbound } from '../link/inbound';
import { LinkKeeper, type LinkHost } from '../link/link_keeper';
import type { Refusal } from '../link/media_session';
import type { Report, ServerMessage } from '../link/messages';
import { Patience } from '../link/patience';
import { PlayLink } from '../link/play_link';
import { ClassSocket, type SocketHost, type SocketRefusal } from '../link/socket';
import { kNothing } from '../link/sources';
import type { Stage } from './stage';
import type { Seat } from '../link/ticket';
import { Visit, type Due } from './visit';
import { waitOf, type Wait } from '../link/verdict';
import { stateOf, type Known, type Refused, type State } from './watch_state';

const kReportMs = 5000;
const kNewsMs = 1000; // a report with news comes at once, but not more often than that
const kLateMs = 1500;
const kTroubleMs = 3000; // a picture that is missing for so long is trouble
// A picture that comes for so long although the server's last word was "sound alone" is believed.
const kStaleRungMs = 2000;

// What the student sees:
// `moving`, `standing` (no new picture), `coming` (the first is on its way), `codec` (this browser
// cannot show it), `limited` (sound alone by choice), `link` (sound alone, the link carries no more),
// `off` (the teacher sends none).
export type Picture = 'moving' | 'standing' | 'coming' | 'codec' | 'limited' | 'link' | 'off';

export class Viewer implements LinkHost<PlayLink>, SocketHost {
  onChange: () => void = () => {};
  // What the room's bundle is for.
  onRoom: (message: ServerMessage) => void = () => {};
  onRemark: (said: Said) => void = () => {};
  said: Said = {}; // by the server of why the page waits: what its sentence fills in
  rung: string | null = null;
  reason: string | null = null;
  readonly visit = new Visit();
  readonly seat: Seat;
  readonly patience = new Patience();

  private readonly stage: Stage;
  private readonly env: Environment;
  private readonly socket: ClassSocket;
  private readonly keeper: LinkKeeper<PlayLink>;
  private isAdmitted = false;
  private limitedTo: string | null = null;
  private tappedAt = 0;
  private pictureFrom = 0; // since when a picture is due on the present link
  private rungAt = Number.NEGATIVE_INFINITY;
  private reportedAt = Number.NEGATIVE_INFINITY;
  private reported = '';
  private shown: Picture | null = null;
  private readonly known: Known;

  constructor(classId: string, stage: Stage, env: Environment = kBrowser) {
    this.seat = { class: classId, role: 'student' };
    this.stage = stage;
    this.env = env;
    this.known = {
      isJoined: false,
      isOnline: env.isOnline(),
      teacher: null,
      wasLive: false,
      sources: kNothing,
      media: 'idle',
      hasPlayed: false,
      isFlowing: false,
      isPaused: false,
      isUnknownClass: false,
      wait: null,
      refused: null,
    };
    this.socket = new ClassSocket(this, this.patience, env);
    this.keeper = new LinkKeeper(this, this.patience, env);
    stage.onPicture = () => {
      this.visit.sawPicture(env.now());
      this.change({ isFlowing: true, hasPlayed: true });
    };
    stage.onFirstFrame = () => {
      this.visit.joinMs = env.now() - this.tappedAt;
    };
    stage.onPlayback = () => this.change({ isPaused: stage.isPaused });
    for (const name of ['online', 'offline'] as const) {
      env.on(name, () => this.change({ isOnline: env.isOnline() }));
    }
  }

  get state(): State {
    return stateOf(this.known);
  }

  get teacher(): Known['teacher'] {
    return this.known.teacher;
  }

  get link(): PlayLink | null {
    return this.keeper.link;
  }

  get hasMicrophone(): boolean {
    return this.known.sources.microphone;
  }

  get isJoined(): boolean {
    return this.known.isJoined;
  }

  // The page has its token, or needs none: before the tap come the class's state and an offer ready to
  // go; a tap that came earlier is answered now.
  admit(): void {
    this.isAdmitted = true;
    this.change({ wait: null });
    this.socket.connect();
    if (this.known.isJoined) this.keeper.start();
    else this.keeper.prepare();
  }

  refuse(refused: Refused): void {
    this.change({ refused });
  }

  // The tap.
  join(): void {
    this.tappedAt = this.env.now();
    this.stage.unlock();
    this.change({ isJoined: true, media: 'connecting', refused: null });
    if (!this.isAdmitted) return;
    this.socket.connect();
    this.keeper.start();
  }

  // Back to the poster: the browser wants a tap before it plays.
  leave(): void {
    this.stage.lock();
    this.keeper.stop();
    this.change({ isJoined: false, media: 'idle', isFlowing: false, isPaused: false });
  }

  react(kind: string): void {
    this.socket.send({ type: 'reaction', kind });
  }

  // At most this rung; null: whatever the link carries.
  limit(rung: string | null): void {
    this.limitedTo = rung;
    this.sayLimit();
  }

  // The first picture lets wait for itself: worth a word.
  get isPictureLate(): boolean {
    return this.env.now() - this.pictureFrom > kLateMs;
  }

  // null: not in class.
  picture(): Picture | null {
    const { known, visit } = this;
    if (!known.isJoined || known.media === 'idle') return null;
    const alone = this.whyAlone();
    if (alone === 'codec') return alone;
    if (!known.sources.camera && !known.sources.screen) return 'off';
    if (alone !== null) return alone;
    if (this.isAlone) return 'coming'; // before the first keyframe
    if (visit.standsSince(this.env.now(), this.due()) !== null) return 'standing';
    return visit.hasPictureSince(this.pictureFrom) ? 'moving' : 'coming';
  }

  // ---- LinkHost

  makeLink(): PlayLink {
    return new PlayLink(this.patience, this.env);
  }

  path(): string {
    return `whep/${encodeURIComponent(this.seat.class)}?client=${clientName()}`;
  }

  async read(link: PlayLink): Promise<number | null> {
    const inbound = await readInbound(link.pc);
    if (inbound === null || link !== this.keeper.link) return null;
    const now = this.env.now();
    if (inbound.rttMs !== null) this.patience.measured(inbound.rttMs);
    const hadPicture = this.visit.total('frames_decoded');
    this.visit.read(now, inbound, this.due());
    if (this.visit.total('frames_decoded') > hadPicture) this.seePicture(now);
    this.stage.keepPlaying();
    const { teacher, sources } = this.known;
    const isFlowing = this.visit.isFlowing(now, teacher === 'live');
    this.change({ isFlowing, hasPlayed: this.known.hasPlayed || isFlowing });
    this.report();
    const isDue = (teacher === 'live' && sources.microphone) || this.due() !== null;
    return isDue ? inbound.mediaBytes : null;
  }

  ask(): void {
    this.socket.check();
    this.sayMedia();
  }

  onConnecting(reason: string): void {
    // A worker about to stop plays on until we have moved: nothing to tell the student.
    if (reason !== 'drain') this.change({ media: 'connecting' });
    if (this.known.hasPlayed) this.visit.noteReconnect(reason);
    this.socket.check();
  }

  async onConnected(link: PlayLink): Promise<void> {
    this.visit.rollOver();
    this.pictureFrom = this.env.now();
    this.change({ media: 'up', wait: null, isUnknownClass: false });
    this.sayMedia();
    await this.stage.show(link);
  }

  onFailed(refusal: Refusal | null): void {
    const verdict = refusal?.verdict;
    this.said = refusal?.said ?? {};
    this.change({ wait: waitOf(verdict), isUnknownClass: verdict === 'unknown' });
  }

  // From the media side or from the WebSocket, by a verdict that is final.
  onRefused({ verdict }: Refusal | SocketRefusal): void {
    this.refuse(verdict as Refused); // nobody else watches in a student's place: no 'conflict'
    this.keeper.stop();
  }

  // ---- SocketHost

  // Also from the page, while the link's ticket could not be redeemed yet.
  onWait(wait: Wait, said: Said = {}): void {
    this.said = said;
    this.change({ wait });
  }

  onWelcome(): void {
    this.change({ isUnknownClass: false, wait: null });
    // Always, also "no limit": an earlier one may have been taken back while nobody could hear it.
    this.sayLimit();
    this.sayMedia();
    this.reportedAt = Number.NEGATIVE_INFINITY;
  }

  onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'class':
        if (!this.known.sources.camera && !this.known.sources.screen) {
          this.pictureFrom = this.env.now();
        }
        this.stage.setSources(message.sources);
        this.change({
          teacher: message.teacher,
          sources: message.sources,
          wasLive: this.known.wasLive || message.teacher === 'live',
        });
        break;
      case 'rung':
        this.setRung(message.rung, message.reason);
        break;
      case 'reactions':
      case 'times':
        this.onRoom(message);
        break;
      case 'move':
        this.keeper.reconnect(message.reason);
        break;
      case 'error':
        if (message.code === 'unknown-class') this.change({ isUnknownClass: true });
        this.onRemark(message);
        break;
    }
  }

  // The visit so far, as window.lectern.stats() gives it (docs/testing.md).
  stats(): Record<string, unknown> {
    return {
      state: this.state,
      rung: this.shownRung(),
      reason: this.reason,
      picture: this.picture(),
      paused: this.stage.isPaused,
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

  private sayLimit(): void {
    this.socket.send({ type: 'limit', rung: this.limitedTo });
  }

  private setRung(rung: string, reason: string): void {
    const hadPicture = this.due() !== null;
    this.rung = rung;
    this.reason = reason;
    this.rungAt = this.env.now();
    if (this.whyAlone() !== null) this.stage.setPicture(false);
    if (!hadPicture && this.due() !== null) this.pictureFrom = this.rungAt; // shown when it has come
    this.onChange();
  }

  // A picture has come since the last reading.
  private seePicture(now: number): void {
    if (this.due() === null) {
      if (now - this.rungAt < kStaleRungMs) return;
      // The WebSocket is down, and the worker goes on deciding.
      this.rung = this.reason = null;
    }
    this.stage.setPicture(true);
  }

  private get isAlone(): boolean {
    return this.rung === 'audio' || this.rung === 'none';
  }

  // Why the server sends sound alone and will go on so; null while it does not.
  private whyAlone(): 'codec' | 'limited' | 'link' | null {
    if (!this.isAlone) return null;
    if (this.reason === 'codec') return 'codec';
    if (this.reason === 'limit') return 'limited';
    return this.reason === 'bandwidth' || this.reason === 'loss' ? 'link' : null;
  }

  // Which picture should be moving now.
  private due(): Due {
    const { sources, teacher } = this.known;
    if (teacher !== 'live' || this.isAlone) return null;
    return sources.camera ? 'camera' : sources.screen ? 'screen' : null;
  }

  private report(): void {
    if (!this.known.isJoined || this.known.media === 'idle') return;
    const { visit } = this;
    const now = this.env.now();
    const picture = this.picture();
    const lastAt = picture === 'standing' ? (visit.standsSince(now, this.due()) ?? now) : now;
    const missingFrom = picture === 'coming' ? this.pictureFrom : lastAt;
    const report: Report = {
      type: 'report',
      playing: picture !== 'codec' && now - missingFrom < kTroubleMs,
      sound: !this.known.sources.microphone || (visit.isSounding(now) && !this.stage.isSilent),
      codec: picture === 'codec',
      loss: visit.loss(),
      freezes: visit.freezeCount(),
      audio_ms_concealed: Math.round(visit.concealedMs()),
      bytes: visit.total('bytes'),
    };
    const news = `${report.playing} ${report.sound} ${report.codec}`;
    if (now - this.reportedAt < (news === this.reported ? kReportMs : kNewsMs)) return;
    this.reported = news;
    this.reportedAt = now;
    if (this.rung !== null) report.rung = this.rung;
    const rtt = visit.latest?.rttMs;
    if (typeof rtt === 'number') report.rtt_ms = Math.round(rtt);
    this.socket.send(report);
  }

  private change(known: Partial<Known>): void {
    const before = this.state;
    Object.assign(this.known, known);
    const picture = this.picture();
    const isNew = this.state !== before || picture !== this.shown || 'teacher' in known;
    this.shown = picture;
    if (isNew) this.onChange();
  }
}
