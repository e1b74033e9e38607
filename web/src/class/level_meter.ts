// How loud the microphone is, measured in the page, before anything is sent.

const kTickMs = 100;
const kQuietestDb = -60;
const kSpeechLevel = 0.25; // of the meter: below it, nobody speaks

export class LevelMeter {
  // `level` 0..1; `silentMs`: how long there has been no speech.
  onLevel: (level: number, silentMs: number) => void = () => {};

  private context: AudioContext | null = null;
  private analyser: AnalyserNode | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private samples = new Float32Array(0);
  private heardAt = 0;

  constructor() {
    setInterval(() => this.measure(), kTickMs);
    // Browsers start audio contexts at a gesture only; until the first one there is no level.
    for (const name of ['pointerdown', 'keydown']) {
      addEventListener(name, () => this.resume(), { capture: true });
    }
    document.addEventListener('visibilitychange', () => this.resume());
  }

  attach(track: MediaStreamTrack | null): void {
    this.source?.disconnect();
    this.source = null;
    this.heardAt = performance.now();
    if (track === null) return;
    if (this.context === null) {
      this.context = new AudioContext();
      // Suspended from outside (iOS during a call): taken up again as soon as that is allowed.
      this.context.addEventListener('statechange', () => this.resume());
      this.analyser = this.context.createAnalyser();
      this.analyser.fftSize = 2048;
      this.samples = new Float32Array(this.analyser.fftSize);
    }
    this.source = this.context.createMediaStreamSource(new MediaStream([track]));
    if (this.analyser !== null) this.source.connect(this.analyser);
  }

  private resume(): void {
    if (this.context !== null && this.context.state !== 'running') {
      this.context.resume().catch(() => {});
    }
  }

  private measure(): void {
    const now = performance.now();
    if (this.source === null || this.analyser === null || this.context?.state !== 'running') {
      this.heardAt = now;
      this.onLevel(0, 0);
      return;
    }
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, x) => sum + x * x, 0) / this.samples.length;
    const db = 10 * Math.log10(power + 1e-12);
    const level = Math.min(1, Math.max(0, 1 - db / kQuietestDb));
    if (level > kSpeechLevel) this.heardAt = now;
    this.onLevel(level, now - this.heardAt);
  }
}
