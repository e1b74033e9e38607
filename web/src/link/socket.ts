// The page's WebSocket (docs/protocol.md): says hello on each connection and comes back by itself.
// Its loss says nothing about the media, which goes on by itself.

import { at } from '../base/address';
import { Backoff } from '../base/backoff';
import { kBrowser, type Environment } from '../base/environment';
import { clientName } from '../base/identity';
import type { Said } from './codes';
import {
  isServerMessage,
  kSubprotocol,
  kVersion,
  type ClientMessage,
  type ServerMessage,
} from './messages';
import type { Patience } from './patience';
import { keepToken, storedToken, type Seat } from './ticket';
import { isFinal, verdictOf, waitOf, type Remark, type Verdict, type Wait } from './verdict';

export interface SocketRefusal {
  said: Said;
  verdict: Verdict;
}

export interface SocketHost {
  readonly seat: Seat;
  onMessage(message: ServerMessage): void;
  onWelcome(): void; // hello was accepted: say what you have
  // The server has closed the connection and said why; another will be made. (One that just broke is
  // not worth a word: it is made again, and the media goes on meanwhile.)
  onWait(wait: Wait, said: Said): void;
  onRefused(refusal: SocketRefusal): void; // for good
}

const kPingMs = 25_000; // until welcome says otherwise [P33]
const kHelloMs = 4000; // a server that has just started may let a hello wait [P51]
const kStableMs = 10_000;
const kTickMs = 1000;
const kRestartMs = 15_000; // a planned restart takes less
const kRestartTryMs = 800; // between tries meanwhile, before jitter
const kLaterMs = 5000; // more than the usual back-off, for refusals that pass [P39]
const kOpen = 1; // WebSocket.OPEN
// IANA's registry of WebSocket close codes.
const kServiceRestart = 1012;
const kTryLater = 1013;

// Errors that leave the connection open [P39].
const kRemarks: readonly string[] = [
  'bad-message',
  'hello-first',
  'not-allowed',
  'too-many-messages',
] satisfies Remark[];

function parse(data: unknown): ServerMessage | null {
  try {
    const message: unknown = JSON.parse(String(data));
    return isServerMessage(message) ? message : null;
  } catch {
    return null;
  }
}

export class ClassSocket {
  private readonly host: SocketHost;
  private readonly patience: Patience;
  private readonly env: Environment;
  private readonly backoff: Backoff;
  private socket: WebSocket | null = null;
  private openedAt: number | null = null; // of the present connection
  private welcomedAt = Number.NEGATIVE_INFINITY;
  private pingMs = kPingMs;
  private askedAt = 0; // the last question
  private answerBy: number | null = null; // null: nothing is asked
  private refusal: SocketRefusal | null = null;
  private lostBy: SocketRefusal | null = null; // the connection before
  private laterMs = 0;
  private restartUntil = Number.NEGATIVE_INFINITY;
  private cancelRetry: () => void = () => {};
  private isStopped = false;

  constructor(host: SocketHost, patience: Patience, env: Environment = kBrowser) {
    this.host = host;
    this.patience = patience;
    this.env = env;
    this.backoff = new Backoff(env.random);
    env.every(kTickMs, () => this.checkAlive());
    env.on('online', () => this.networkIsBack());
  }

  get isOpen(): boolean {
    return this.socket?.readyState === kOpen;
  }

  connect(): void {
    this.cancelRetry();
    if (this.socket !== null || this.isStopped) return;
    const url = at('ws');
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = this.env.openSocket(url, kSubprotocol);
    this.socket = socket;
    this.refusal = null;
    this.laterMs = 0;
    this.answerBy = this.env.now() + this.patience.openMs;
    socket.onopen = () => {
      this.openedAt = this.env.now();
      this.ask(this.hello(), kHelloMs);
    };
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = (event) => {
      if (event.code === kTryLater) this.laterMs = Math.max(this.laterMs, kLaterMs);
      if (event.code === kServiceRestart) this.restartUntil = this.env.now() + kRestartMs;
      this.lost(socket);
    };
  }

  // Dropped when there is no connection: whatever matters is said again after hello.
  send(message: ClientMessage): void {
    if (this.isOpen) this.socket?.send(JSON.stringify(message));
  }

  // The server has refused us for good.
  stop(): void {
    this.isStopped = true;
    this.cancelRetry();
    this.socket?.close();
  }

  // Asks whether anybody is there: half-open connections look like quiet ones.
  check(): void {
    if (this.answerBy === null && this.isOpen) this.ask({ type: 'ping' }, 0);
  }

  private hello(): ClientMessage {
    const { seat } = this.host;
    const token = storedToken(seat);
    return {
      type: 'hello',
      ...seat,
      version: kVersion,
      client: clientName(),
      ...(token !== null && { token }),
    };
  }

  private ask(message: ClientMessage, moreMs: number): void {
    this.askedAt = this.env.now();
    this.answerBy = this.askedAt + this.patience.answerMs + moreMs;
    this.send(message);
  }

  // No reason to sit out a wait, nor the time-out of a connection begun on the network before.
  private networkIsBack(): void {
    if (this.socket === null) this.connect();
    else if (this.isOpen) this.check();
    else this.abandon(this.socket, () => this.connect());
  }

  private receive(data: unknown): void {
    const message = parse(data);
    if (message === null) return;
    const isAnswer = message.type === 'pong' || message.type === 'welcome';
    if (isAnswer && this.answerBy !== null) this.patience.measured(this.env.now() - this.askedAt);
    this.answerBy = null;
    if (message.type === 'welcome') {
      this.pingMs = message.ping_s * 1000;
      this.welcomedAt = Number.POSITIVE_INFINITY; // until the connection is lost
      this.host.onWelcome();
    } else if (message.type === 'token') {
      keepToken(this.host.seat, message.token);
    } else if (message.type === 'error' && !kRemarks.includes(message.code)) {
      this.refusal = { said: message, verdict: verdictOf(message) };
      this.laterMs = (message.retry_after ?? 0) * 1000 || kLaterMs;
    }
    this.host.onMessage(message);
  }

  private lost(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    this.answerBy = null;
    const now = this.env.now();
    if (this.welcomedAt === Number.POSITIVE_INFINITY) this.welcomedAt = now;
    const { refusal } = this;
    if (refusal !== null && isFinal(refusal.verdict)) {
      this.stop();
      this.host.onRefused(refusal);
      return;
    }
    const wait = waitOf(refusal?.verdict);
    if (refusal !== null && wait !== null) this.host.onWait(wait, refusal.said);
    if (this.isStopped) return;
    if (this.openedAt !== null && now - this.openedAt > kStableMs) this.backoff.reset();
    this.openedAt = null;
    // A restarted server does not know the class before its teacher is back: that takes a moment.
    const isRestart = refusal?.verdict === 'unknown' && now - this.welcomedAt < kRestartMs;
    // It is back: the tries while it was away count no more.
    if (isRestart && this.lostBy === null) this.backoff.reset();
    this.lostBy = refusal;
    const waitMs = (isRestart ? 0 : this.laterMs) + this.nextTryMs(now);
    this.cancelRetry = this.env.after(waitMs, () => this.connect());
  }

  private nextTryMs(now: number): number {
    const waitMs = this.backoff.next();
    if (now >= this.restartUntil) return waitMs;
    return Math.min(waitMs, kRestartTryMs * (0.5 + this.env.random()));
  }

  private checkAlive(): void {
    const { socket } = this;
    if (socket === null) return;
    const now = this.env.now();
    if (this.answerBy === null) {
      if (now - this.askedAt > this.pingMs) this.check();
    } else if (now > this.answerBy) {
      this.patience.missed();
      this.abandon(socket, () => {});
    }
  }

  // Without waiting for an answer of the silent peer, as close() would.
  private abandon(socket: WebSocket, then: () => void): void {
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.lost(socket);
    then();
  }
}
