// A browser for unit tests: clock, WebSocket, RTCPeerConnection and fetch that do what a test says.
// Import it first: it gives node the globals that the sources read.

import type { Environment } from '../src/base/environment';
import type { Said } from '../src/link/codes';

class FakeStorage {
  private readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
  clear = () => this.items.clear();
}

class FakeMediaStream {
  private tracks: MediaStreamTrack[] = [];
  getTracks = () => [...this.tracks];
  getAudioTracks = () => this.tracks.filter((t) => t.kind === 'audio');
  getVideoTracks = () => this.tracks.filter((t) => t.kind === 'video');
  addTrack = (track: MediaStreamTrack) => void this.tracks.push(track);
  removeTrack = (track: MediaStreamTrack) =>
    void (this.tracks = this.tracks.filter((t) => t !== track));
}

const capabilities = {
  getCapabilities: () => ({ codecs: [{ mimeType: 'video/VP8' }, { mimeType: 'video/H264' }] }),
};

export function setGlobals(values: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}

setGlobals({
  sessionStorage: new FakeStorage(),
  localStorage: new FakeStorage(),
  location: new URL('http://school.test/watch/algebra'),
  MediaStream: FakeMediaStream,
  RTCRtpReceiver: capabilities,
  RTCRtpSender: capabilities,
});

// Lets everything run that waits for nothing but promises.
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

export class FakeSocket {
  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: URL) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  // ---- the server's side
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(message: unknown): void {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }

  close(code = 1006): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }

  welcome(): void {
    this.open();
    this.say({ type: 'welcome', version: 1, ping_s: 20 });
  }

  of(type: string): Record<string, unknown>[] {
    return this.sent.filter((message) => message.type === type);
  }
}

export class FakeTrack extends EventTarget {
  enabled = true;
  muted = false;
  readyState: 'live' | 'ended' = 'live';
  constructor(
    readonly kind: 'audio' | 'video',
    readonly deviceId = 'device',
  ) {
    super();
  }

  stop(): void {
    this.readyState = 'ended';
  }

  unplug(): void {
    this.readyState = 'ended';
    this.dispatchEvent(new Event('ended'));
  }

  getSettings(): { deviceId: string; height: number } {
    return { deviceId: this.deviceId, height: 720 };
  }

  asTrack(): MediaStreamTrack {
    return this as unknown as MediaStreamTrack;
  }
}

// Connects when the test says so, unless `connects` is set.
export class FakeConnection extends EventTarget {
  connectionState = 'new';
  iceConnectionState = 'new';
  signalingState = 'stable';
  localDescription: { sdp: string } | null = null;
  stats: Record<string, unknown>[] = [];
  private readonly made: Record<string, unknown>[] = [];

  constructor(
    private readonly connects: boolean,
    private readonly offers: Promise<unknown>,
  ) {
    super();
  }

  addTransceiver(what: string | FakeTrack): Record<string, unknown> {
    const kind = typeof what === 'string' ? what : what.kind;
    const track = new FakeTrack(kind as 'audio' | 'video');
    const sender = {
      track: typeof what === 'string' ? null : what,
      replaceTrack: async (track: FakeTrack | null) => void (sender.track = track),
      getParameters: () => ({ encodings: [{}, {}, {}] }),
      setParameters: async () => {},
    };
    const receiver = { track, getStats: async () => [] };
    const transceiver = { mid: String(this.made.length), sender, receiver };
    this.made.push(transceiver);
    return transceiver;
  }

  getTransceivers = () => this.made;

  async createOffer(): Promise<{ sdp: string }> {
    await this.offers;
    // A closed connection settles none of its promises.
    if (this.signalingState === 'closed') return new Promise(() => {});
    return { sdp: 'v=0\r\nm=audio 9 X 111\r\n' };
  }

  async setLocalDescription(description: { sdp: string }): Promise<void> {
    this.localDescription = description;
  }

  async setRemoteDescription(): Promise<void> {
    if (this.connects) this.become('connected');
  }

  async getStats(): Promise<Record<string, unknown>[]> {
    return this.stats;
  }

  become(state: string): void {
    this.connectionState = this.iceConnectionState = state;
    this.dispatchEvent(new Event('connectionstatechange'));
  }

  close(): void {
    this.signalingState = 'closed';
    this.connectionState = 'closed';
  }
}

export interface Asked {
  method: string;
  url: URL;
  body: string;
}

type Answer = Response | Promise<Response>;

interface Timer {
  at: number;
  everyMs: number;
  action: () => void;
}

// Media sessions are given as `w0-1`, `w0-2`, ... unless `answer` says otherwise.
export class FakeBrowser implements Environment {
  online = true;
  connects = true;
  offers: Promise<unknown> = Promise.resolve(); // each offer waits for it
  readonly sockets: FakeSocket[] = [];
  readonly connections: FakeConnection[] = [];
  readonly asked: Asked[] = [];
  answer: (asked: Asked) => Answer = ({ method }) =>
    method === 'POST' ? this.created() : new Response(null, { status: 200 });

  private time = 1_000_000;
  private sessions = 0;
  private timers = new Set<Timer>();
  private readonly listeners: [string, () => void][] = [];

  now = () => this.time;
  random = () => 0.5;
  isOnline = () => this.online;

  after(ms: number, action: () => void): () => void {
    return this.add({ at: this.time + ms, everyMs: 0, action });
  }

  every(ms: number, action: () => void): void {
    this.add({ at: this.time + ms, everyMs: ms, action });
  }

  on(event: string, action: () => void): void {
    this.listeners.push([event, action]);
  }

  async fetch(url: URL, init: RequestInit): Promise<Response> {
    const asked = { method: init.method ?? 'GET', url, body: String(init.body ?? '') };
    this.asked.push(asked);
    const aborted = new Promise<never>((_, reject) => {
      init.signal?.addEventListener('abort', () =>
        reject(new DOMException('aborted', 'AbortError')),
      );
    });
    return Promise.race([this.answer(asked), aborted]);
  }

  openSocket(url: URL): WebSocket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket as unknown as WebSocket;
  }

  makeConnection(): RTCPeerConnection {
    const connection = new FakeConnection(this.connects, this.offers);
    this.connections.push(connection);
    return connection as unknown as RTCPeerConnection;
  }

  // ---- for tests

  get socket(): FakeSocket {
    return this.sockets[this.sockets.length - 1] as FakeSocket;
  }

  get connection(): FakeConnection {
    return this.connections[this.connections.length - 1] as FakeConnection;
  }

  posts(): Asked[] {
    return this.asked.filter(({ method }) => method === 'POST');
  }

  created(): Response {
    const headers = { Location: `/whep/algebra/w0-${++this.sessions}` };
    return new Response('answer', { status: 201, headers });
  }

  refusal(status: number, headers: Record<string, string> = {}, said: Said = {}): Response {
    return new Response(JSON.stringify({ ...said, detail: 'no' }), { status, headers });
  }

  fire(event: string): void {
    for (const [name, action] of this.listeners) if (name === event) action();
  }

  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.time = Math.max(this.time, due.at);
      if (due.everyMs > 0) due.at += due.everyMs;
      else this.timers.delete(due);
      due.action();
      await settle();
    }
    this.time = end;
  }

  private add(timer: Timer): () => void {
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }
}
