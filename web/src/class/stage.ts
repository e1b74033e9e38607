// What the student sees and hears: two video elements that live as long as the page, so that the tap
// which allowed sound stays good. Links come and go behind them: a track of a new link takes the
// place of the old one only when it has something to show.

import { kBrowser, type Environment } from '../base/environment';
import type { PlayLink } from '../link/play_link';
import type { Sources } from '../link/sources';

const kDecodePollMs = 30;
// An element that is paused more often than that is not played again without being asked to: whoever
// pauses it (a person at a media key, a headset, a call) insists.
const kMostReplays = 3;
const kReplayWindowMs = 10_000;

type FrameVideo = HTMLVideoElement & {
  requestVideoFrameCallback?: (callback: () => void) => number; // Firefox before 132 has none
};

function whenFlowing(track: MediaStreamTrack): Promise<void> {
  if (!track.muted) return Promise.resolve();
  return new Promise((resolve) =>
    track.addEventListener('unmute', () => resolve(), { once: true }),
  );
}

export class Stage {
  // Called once, when the first picture is on the screen (or sound plays, in a class without one).
  onFirstFrame: () => void = () => {};
  onPicture: () => void = () => {};
  onPlayback: () => void = () => {}; // isPaused may have changed

  private readonly camera: FrameVideo;
  private readonly screen: FrameVideo;
  private readonly root: HTMLElement;
  private readonly env: Environment;
  private readonly cameraStream = new MediaStream(); // with the sound
  private readonly screenStream = new MediaStream();
  private sources: Sources = { camera: true, microphone: true, screen: true };
  private link: PlayLink | null = null;
  private hasShown = false;
  private hasPicture = true;
  private isUnlocked = false;
  private isBlocked = false; // playing again needs a tap
  private replays: number[] = []; // when elements were played again

  constructor(
    root: HTMLElement,
    camera: HTMLVideoElement,
    screen: HTMLVideoElement,
    env: Environment = kBrowser,
  ) {
    this.root = root;
    this.camera = camera;
    this.screen = screen;
    this.env = env;
    for (const video of [camera, screen]) {
      for (const name of ['pause', 'playing']) {
        video.addEventListener(name, () => this.keepPlaying());
      }
    }
    this.layOut();
  }

  // Within the tap: from here on the elements may play sound. (Not earlier: an element that waits for
  // its first track holds back the page's load event.)
  unlock(): void {
    this.isUnlocked = true;
    this.resume();
  }

  // Back to the poster: nothing plays until the next tap.
  lock(): void {
    this.isUnlocked = this.isBlocked = false;
  }

  // Within a tap, again.
  resume(): void {
    this.isBlocked = false;
    this.replays = [];
    this.attach();
    for (const { video } of this.elements()) video.play().catch(() => {});
    this.onPlayback();
  }

  // Rejects with NotAllowedError where the browser wants a tap before sound.
  play(): Promise<void> {
    return this.camera.play();
  }

  // Something arrives that an element does not play, and playing it takes a tap.
  get isPaused(): boolean {
    return this.isBlocked && this.paused().length > 0;
  }

  // The sound's element does not play, for whatever reason.
  get isSilent(): boolean {
    return this.paused().includes(this.camera);
  }

  // Elements may be paused from outside: a headset that is lost, a call, a media key, a browser that
  // saves power. Called on each change and twice a second.
  keepPlaying(): void {
    if (!this.isUnlocked) return;
    this.attach();
    const paused = this.paused();
    if (paused.length === 0) this.isBlocked = false;
    const now = this.env.now();
    this.replays = this.replays.filter((at) => now - at < kReplayWindowMs);
    for (const video of this.isBlocked ? [] : paused) {
      if (this.replays.length >= kMostReplays) {
        this.isBlocked = true;
        break;
      }
      this.replays.push(now);
      video.play().catch((error: unknown) => {
        if ((error as { name?: string } | null)?.name === 'NotAllowedError') this.block();
      });
    }
    this.onPlayback();
  }

  setSources(sources: Sources): void {
    this.sources = sources;
    this.layOut();
  }

  // Whether a picture is received at all; if not, the last one is not left standing.
  setPicture(hasPicture: boolean): void {
    if (hasPicture === this.hasPicture) return;
    this.hasPicture = hasPicture;
    this.layOut();
  }

  // Puts the link on the stage as its tracks begin to flow. Resolves when nothing of the link before
  // is shown any more; rejects when the link is closed.
  async show(link: PlayLink): Promise<void> {
    this.link = link;
    const { camera, microphone, screen } = this.sources;
    const isHeard = microphone && this.cameraStream.getAudioTracks().length > 0;
    await Promise.all([
      this.take(link, link.audio, this.cameraStream, isHeard),
      this.take(link, link.camera, this.cameraStream, this.isSeen(camera, this.cameraStream)),
      this.take(link, link.screen, this.screenStream, this.isSeen(screen, this.screenStream)),
    ]);
  }

  private elements(): { video: FrameVideo; stream: MediaStream }[] {
    return [
      { video: this.camera, stream: this.cameraStream },
      { video: this.screen, stream: this.screenStream },
    ];
  }

  private attach(): void {
    for (const { video, stream } of this.elements()) {
      if (video.srcObject !== stream) video.srcObject = stream;
    }
  }

  // The elements that have something to play and do not.
  private paused(): FrameVideo[] {
    const isLive = (stream: MediaStream) =>
      stream.getTracks().some((track) => track.readyState === 'live');
    return this.elements()
      .filter(({ video, stream }) => video.paused && isLive(stream))
      .map(({ video }) => video);
  }

  private block(): void {
    this.isBlocked = true;
    this.onPlayback();
  }

  private take(
    link: PlayLink,
    receiver: RTCRtpReceiver,
    stream: MediaStream,
    isPresent: boolean,
  ): Promise<void> {
    const placed = this.place(link, receiver, stream);
    placed.catch(() => {});
    // Only what was shown before is waited for: until the wait ends the sound comes twice, for which
    // a far link has no room.
    return isPresent ? placed : Promise.resolve();
  }

  private async place(
    link: PlayLink,
    receiver: RTCRtpReceiver,
    stream: MediaStream,
  ): Promise<void> {
    const { track } = receiver;
    await link.unlessClosed(whenFlowing(track));
    const same = () => stream.getTracks().filter((t) => t.kind === track.kind);
    if (track.kind === 'video' && same().length > 0) {
      await link.unlessClosed(this.whenDecoded(receiver, link.patience.decodeMs));
    }
    if (link !== this.link) return;
    for (const old of same()) stream.removeTrack(old);
    stream.addTrack(track);
    this.layOut();
    this.keepPlaying();
    if (track.kind === 'video') {
      this.awaitFrame(stream === this.screenStream ? this.screen : this.camera);
    }
  }

  private async whenDecoded(receiver: RTCRtpReceiver, atMostMs: number): Promise<void> {
    const deadline = this.env.now() + atMostMs;
    while (this.env.now() < deadline && receiver.track.readyState === 'live') {
      let frames = 0;
      (await receiver.getStats()).forEach((stat: { type: string; framesDecoded?: number }) => {
        if (stat.type === 'inbound-rtp') frames = stat.framesDecoded ?? 0;
      });
      if (frames > 0) return;
      await new Promise<void>((resolve) => this.env.after(kDecodePollMs, resolve));
    }
  }

  private awaitFrame(video: FrameVideo): void {
    const shown = () => {
      if (!this.hasShown) this.onFirstFrame();
      this.hasShown = true;
      this.onPicture();
    };
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(shown);
    else video.addEventListener('timeupdate', shown, { once: true });
  }

  private isSeen(isOn: boolean, stream: MediaStream): boolean {
    return isOn && this.hasPicture && stream.getVideoTracks().length > 0;
  }

  private layOut(): void {
    const camera = this.isSeen(this.sources.camera, this.cameraStream);
    const screen = this.isSeen(this.sources.screen, this.screenStream);
    const layout = camera && screen ? 'both' : camera ? 'camera' : screen ? 'screen' : 'none';
    this.root.dataset.layout = layout;
  }
}
