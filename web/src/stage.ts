// What the student sees and hears: two video elements that live as long as the page, so that the tap
// which allowed sound stays good. Links come and go behind them: a track of a new link takes the
// place of the old one only when it has something to show.

import type { PlayLink } from './play_link';
import type { Sources } from './sources';

const kDecodePollMs = 30;
const kLongestDecodeMs = 1500;

type FrameVideo = HTMLVideoElement & {
  requestVideoFrameCallback?: (callback: () => void) => number; // Firefox before 132 has none
};

function whenFlowing(track: MediaStreamTrack): Promise<void> {
  if (!track.muted) return Promise.resolve();
  return new Promise((resolve) =>
    track.addEventListener('unmute', () => resolve(), { once: true }),
  );
}

async function whenDecoded(receiver: RTCRtpReceiver): Promise<void> {
  const deadline = performance.now() + kLongestDecodeMs;
  while (performance.now() < deadline && receiver.track.readyState === 'live') {
    let frames = 0;
    (await receiver.getStats()).forEach((stat: { type: string; framesDecoded?: number }) => {
      if (stat.type === 'inbound-rtp') frames = stat.framesDecoded ?? 0;
    });
    if (frames > 0) return;
    await new Promise((resolve) => setTimeout(resolve, kDecodePollMs));
  }
}

export class Stage {
  // Called once, when the first picture is on the screen (or sound plays, in a class without one).
  onFirstFrame: () => void = () => {};
  onPicture: () => void = () => {};

  private readonly camera: FrameVideo;
  private readonly screen: FrameVideo;
  private readonly root: HTMLElement;
  private readonly cameraStream = new MediaStream(); // with the sound
  private readonly screenStream = new MediaStream();
  private sources: Sources = { camera: true, microphone: true, screen: true };
  private link: PlayLink | null = null;
  private hasShown = false;

  constructor(root: HTMLElement, camera: HTMLVideoElement, screen: HTMLVideoElement) {
    this.root = root;
    this.camera = camera;
    this.screen = screen;
    this.layOut();
  }

  // Within the tap: from here on the elements may play sound. (Not earlier: an element that waits for
  // its first track holds back the page's load event.)
  unlock(): void {
    this.camera.srcObject = this.cameraStream;
    this.screen.srcObject = this.screenStream;
    for (const video of [this.camera, this.screen]) video.play().catch(() => {});
  }

  // Rejects with NotAllowedError where the browser wants a tap before sound.
  play(): Promise<void> {
    return this.camera.play();
  }

  setSources(sources: Sources): void {
    this.sources = sources;
    this.layOut();
  }

  // Puts the link on the stage as its tracks begin to flow. Resolves when nothing of the link before
  // is shown any more.
  async show(link: PlayLink): Promise<void> {
    this.link = link;
    const camera = this.cameraStream;
    await Promise.all([
      this.take(link, link.audio, camera, camera.getAudioTracks()),
      this.take(link, link.camera, camera, camera.getVideoTracks()),
      this.take(link, link.screen, this.screenStream, this.screenStream.getTracks()),
    ]);
  }

  private take(
    link: PlayLink,
    receiver: RTCRtpReceiver,
    stream: MediaStream,
    old: MediaStreamTrack[],
  ): Promise<void> {
    const placed = this.place(link, receiver, stream);
    // What was not shown before need not be waited for.
    return old.length > 0 ? placed : Promise.resolve();
  }

  private async place(
    link: PlayLink,
    receiver: RTCRtpReceiver,
    stream: MediaStream,
  ): Promise<void> {
    const { track } = receiver;
    await whenFlowing(track);
    const same = () => stream.getTracks().filter((t) => t.kind === track.kind);
    if (track.kind === 'video' && same().length > 0) await whenDecoded(receiver);
    if (link !== this.link) return;
    for (const old of same()) stream.removeTrack(old);
    stream.addTrack(track);
    this.layOut();
    const element = stream === this.screenStream ? this.screen : this.camera;
    if (element.paused && this.hasShown) element.play().catch(() => {});
    if (track.kind === 'video') this.awaitFrame(element);
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

  private layOut(): void {
    const camera = this.sources.camera && this.cameraStream.getVideoTracks().length > 0;
    const screen = this.sources.screen && this.screenStream.getTracks().length > 0;
    const layout = camera && screen ? 'both' : camera ? 'camera' : screen ? 'screen' : 'none';
    this.root.dataset.layout = layout;
  }
}
