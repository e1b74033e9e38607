// The page's WebSocket (docs/protocol.md): says hello on each connection and comes back by itself.
// Its loss says nothing about the media, which goes on by itself.

import { Backoff } from './backoff';
import { kSubprotocol, type ClientMessage, type ServerMessage } from './messages';

export interface SocketHost {
  hello(): ClientMessage;
  onMessage(message: ServerMessage): void;
  onWelcome(): void; // hello was accepted: say what you have
  onLost(): void;
  onRefused(code: string): void; // for good
}

const kPingMs = 25_000; // until welcome says otherwise [P33]
const kAnswerMs = 4000;
const kStableMs = 10_000;
const kTickMs = 1000;
const kRestartMs = 15_000;
const kLaterMs = 5000; // more than the usual back-off, for refusals that pass [P39]

// Errors after which the server closes: those that pass, and those that do not [P39].
const kPassing = ['unknown-class', 'full'];
const kFinal = ['token-missing', 'token-invalid', 'token-expired', 'forbidden', 'version'];

export class ClassSocket {
  private readonly host: SocketHost;
  private readonly backoff = new Backoff();
  private socket: WebSocket | null = null;
  private openedAt = Number.NEGATIVE_INFINITY;
  private welcomedAt = Number.NEGATIVE_INFINITY;
  private pingMs = kPingMs;
  private pingedAt = 0;
  private refusedCode: string | null = null;
  private askedAt: number | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private isStopped = false;

  constructor(host: SocketHost) {
    this.host = host;
    setInterval(() => this.checkAlive(), kTickMs);
    // The network is back: no reason to sit out the wait.
    addEventListener('online', () => {
      if (this.socket === null) this.connect();
    });
  }

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  connect(): void {
    clearTimeout(this.retry);
    if (this.socket !== null || this.isStopped) return;
    const url = new URL('/ws', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, kSubprotocol);
    this.socket = socket;
    this.askedAt = null;
    this.refusedCode = null;
    socket.onopen = () => {
      this.openedAt = this.pingedAt = performance.now();
      this.send(this.host.hello());
    };
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = () => this.lost(socket);
  }

  // Dropped when there is no connection: whatever matters is said again after hello.
  send(message: ClientMessage): void {
    if (this.isOpen) this.socket?.send(JSON.stringify(message));
  }

  // The server has refused us for good.
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.retry);
    this.socket?.close();
  }

  // Asks whether anybody is there: half-open connections look like quiet ones.
  check(): void {
    if (this.askedAt !== null || !this.isOpen) return;
    this.askedAt = this.pingedAt = performance.now();
    this.send({ type: 'ping' });
  }

  private receive(data: unknown): void {
    this.askedAt = null;
    if (typeof data !== 'string') return;
    const message = JSON.parse(data) as ServerMessage;
    if (message.type === 'welcome') {
      this.pingMs = message.ping_s * 1000;
      this.welcomedAt = Number.POSITIVE_INFINITY; // until the connection is lost
      this.host.onWelcome();
    } else if (message.type === 'error') {
      this.refusedCode = message.code;
    }
    this.host.onMessage(message);
  }

  private lost(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    if (this.welcomedAt === Number.POSITIVE_INFINITY) this.welcomedAt = performance.now();
    this.host.onLost();
    const code = this.refusedCode;
    if (code !== null && kFinal.includes(code)) {
      this.stop();
      this.host.onRefused(code);
    }
    if (this.isStopped) return;
    if (performance.now() - this.openedAt > kStableMs) this.backoff.reset();
    // A restarted server does not know the class before its teacher is back: that takes a moment.
    const isRestart = performance.now() - this.welcomedAt < kRestartMs;
    const later = code !== null && kPassing.includes(code) && !isRestart ? kLaterMs : 0;
    this.retry = setTimeout(() => this.connect(), later + this.backoff.next());
  }

  private checkAlive(): void {
    const socket = this.socket;
    if (socket === null) return;
    const now = performance.now();
    if (this.askedAt === null) {
      if (now - this.pingedAt > this.pingMs) this.check();
    } else if (now - this.askedAt > kAnswerMs) {
      // close() would wait for an answer of the silent peer.
      socket.onclose = null;
      socket.close();
      this.lost(socket);
    }
  }
}
