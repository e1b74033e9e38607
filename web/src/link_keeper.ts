// Keeps a page's media connection up: the first one, and a new one for each that is lost, make
// before break, with jittered back-off. The same for the teacher (WHIP) and for students (WHEP).

import { Backoff } from './backoff';
import type { MediaLink } from './media_link';
import { Refusal } from './media_session';

export interface LinkHost<Link extends MediaLink> {
  makeLink(): Link;
  token(): string | null;
  // Twice a second: reads the link's statistics. Returns bytes heard from the server so far, null
  // when none can be expected now.
  read(link: Link): Promise<number | null>;
  // Nothing was heard for a while: only the server knows whether the session is gone (it then asks
  // for a move) or the teacher is quiet.
  ask(): void;
  onConnecting(reason: string): void;
  // `link` is up. Resolves when the one before it is no longer needed.
  onConnected(link: Link): Promise<void>;
  onFailed(refusal: Refusal | null): void; // this try; another follows
  onRefused(refusal: Refusal): void; // for good
}

const kTickMs = 500;
const kStableMs = 10_000; // a link that lived so long was a success: the back-off starts anew
const kPreparedForMs = 60_000; // an offer's candidates grow old with the network
const kLongestOverlapMs = 2000;
const kUnknownClassMs = 3000;

export class LinkKeeper<Link extends MediaLink> {
  private readonly path: string;
  private readonly host: LinkHost<Link>;
  private readonly backoff = new Backoff();
  private current: Link | null = null;
  private attempt: Link | null = null;
  private prepared: Link | null = null;
  private isConnecting = false;
  private isStopped = true;
  private connectedAt = Number.NEGATIVE_INFINITY;
  private wake: () => void = () => {};

  // `path`: of the WHIP or WHEP resource, `/whep/algebra`.
  constructor(path: string, host: LinkHost<Link>) {
    this.path = path;
    this.host = host;
    setInterval(() => void this.tick(), kTickMs);
    addEventListener('pagehide', () => this.stop());
  }

  get link(): Link | null {
    return this.current;
  }

  get session(): string | null {
    return this.current?.session?.id ?? null;
  }

  // Everything that can be done before the user asks for it.
  prepare(): void {
    this.prepared ??= this.host.makeLink();
  }

  start(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    if (!this.isConnecting) void this.connect('start', 0);
  }

  stop(): void {
    this.isStopped = true;
    this.wake();
    for (const link of [this.current, this.attempt, this.prepared]) link?.close(this.host.token());
    this.current = this.prepared = null;
  }

  // A new link now, for a reason from outside (the server asks for a move, the network is back).
  reconnect(reason: string): void {
    if (this.isStopped) return;
    // An attempt under way may be at the very worker that is gone: it fails, the next one follows.
    if (this.isConnecting) {
      this.attempt?.close(this.host.token());
      this.wake();
      return;
    }
    // Soon after it connected, a lost link is one more failure and waits longer each time.
    if (performance.now() - this.connectedAt > kStableMs) this.backoff.reset();
    void this.connect(reason, this.backoff.next());
  }

  private takePrepared(): Link {
    const link = this.prepared;
    this.prepared = null;
    if (link !== null && performance.now() - link.madeAt < kPreparedForMs) return link;
    link?.close(null);
    return this.host.makeLink();
  }

  private async connect(reason: string, waitMs: number): Promise<void> {
    this.isConnecting = true;
    this.host.onConnecting(reason);
    if (waitMs > 0) await this.sleep(waitMs);
    let isDone = this.isStopped;
    while (!isDone) isDone = (await this.tryOnce()) || this.isStopped;
    this.isConnecting = false;
  }

  // True when there is nothing more to try.
  private async tryOnce(): Promise<boolean> {
    const link = this.takePrepared();
    this.attempt = link;
    try {
      await link.open(this.path, this.host.token());
      this.attempt = null;
      this.adopt(link);
      return true;
    } catch (error) {
      this.attempt = null;
      link.close(this.host.token());
      if (this.isStopped) return true;
      return this.failed(error instanceof Refusal ? error : null);
    }
  }

  private async failed(refusal: Refusal | null): Promise<boolean> {
    if (refusal?.isFinal) {
      this.isStopped = true;
      this.host.onRefused(refusal);
      return true;
    }
    this.host.onFailed(refusal);
    // A class that was there will be there again in a moment; one that never was, perhaps tomorrow.
    const isUnknown = refusal?.status === 404 && this.current === null;
    const atLeast = isUnknown ? kUnknownClassMs : (refusal?.retryAfterMs ?? 0);
    await this.sleep(this.backoff.next() + atLeast);
    return false;
  }

  private adopt(link: Link): void {
    const old = this.current;
    this.current = link;
    this.connectedAt = performance.now();
    const shown = this.host.onConnected(link);
    const timeout = new Promise((resolve) => setTimeout(resolve, kLongestOverlapMs));
    void Promise.race([shown, timeout]).then(() => old?.close(this.host.token()));
  }

  private async tick(): Promise<void> {
    const link = this.current;
    if (link === null || link.pc.signalingState === 'closed') return;
    const bytes = await this.host.read(link);
    if (link !== this.current || this.isConnecting || this.isStopped) return;
    const now = performance.now();
    link.watch.onBytes(now, bytes);
    const verdict = link.watch.verdict(now);
    if (verdict === 'lost') this.reconnect('link lost');
    else if (verdict === 'ask') this.host.ask();
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
