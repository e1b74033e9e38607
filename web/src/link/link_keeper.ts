// Keeps a page's media connection up: the first one, and a new one for each that is lost, make
// before break, with jittered back-off. The same for the teacher (WHIP) and for students (WHEP).

import { at } from '../base/address';
import { Backoff } from '../base/backoff';
import { kBrowser, type Environment } from '../base/environment';
import { isLost } from './link_watch';
import type { MediaLink } from './media_link';
import { Refusal } from './media_session';
import type { Patience } from './patience';
import { storedToken, type Seat } from './ticket';
import { isFinal } from './verdict';

export interface LinkHost<Link extends MediaLink> {
  readonly seat: Seat;
  makeLink(): Link;
  path(): string; // of the WHIP or WHEP resource, `whep/algebra`
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
const kUnknownClassMs = 3000;

export class LinkKeeper<Link extends MediaLink> {
  private readonly host: LinkHost<Link>;
  private readonly patience: Patience;
  private readonly env: Environment;
  private readonly backoff: Backoff;
  private current: Link | null = null;
  private attempt: Link | null = null;
  private prepared: Link | null = null;
  private leaving: Link | null = null; // shown until `current` is
  private isStopped = true;
  // Number of the loop that connects, null while none does. stop() and start() make older loops end
  // wherever they wait.
  private loop: number | null = null;
  private loops = 0;
  private connectedAt = Number.NEGATIVE_INFINITY;
  private wake: () => void = () => {};

  constructor(host: LinkHost<Link>, patience: Patience, env: Environment = kBrowser) {
    this.host = host;
    this.patience = patience;
    this.env = env;
    this.backoff = new Backoff(env.random);
    env.every(kTickMs, () => void this.tick());
    env.on('pagehide', () => this.stop());
  }

  get link(): Link | null {
    return this.current;
  }

  get session(): string | null {
    return this.current?.session?.id ?? null;
  }

  private get token(): string | null {
    return storedToken(this.host.seat);
  }

  // Everything that can be done before the user asks for it.
  prepare(): void {
    this.prepared ??= this.host.makeLink();
  }

  start(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    void this.connect('start', 0);
  }

  stop(): void {
    this.isStopped = true;
    this.loop = null;
    this.wake();
    for (const link of [this.current, this.attempt, this.prepared, this.leaving]) {
      link?.close(this.token);
    }
    this.current = this.attempt = this.prepared = this.leaving = null;
  }

  // A new link now, for a reason from outside (the server asks for a move, the network is back).
  reconnect(reason: string): void {
    if (this.isStopped) return;
    // An attempt under way may be at the very worker that is gone: it fails, the next one follows. A
    // wait that the server has asked for goes on [P50].
    if (this.loop !== null) return this.attempt?.close(this.token);
    // Soon after it connected, a lost link is one more failure and waits longer each time.
    if (this.env.now() - this.connectedAt > kStableMs) this.backoff.reset();
    void this.connect(reason, this.backoff.next());
  }

  private takePrepared(): Link {
    const link = this.prepared;
    this.prepared = null;
    if (link !== null && this.env.now() - link.madeAt < kPreparedForMs) return link;
    link?.close(null);
    return this.host.makeLink();
  }

  private async connect(reason: string, waitMs: number): Promise<void> {
    const loop = ++this.loops;
    this.loop = loop;
    this.host.onConnecting(reason);
    if (waitMs > 0) await this.sleep(waitMs);
    while (this.loop === loop) await this.tryOnce(loop);
  }

  private async tryOnce(loop: number): Promise<void> {
    let link: Link | null = null;
    let refusal: Refusal | null = null;
    let isOpen = false;
    try {
      this.attempt = link = this.takePrepared();
      await link.open(at(this.host.path()), this.token);
      isOpen = true;
    } catch (error) {
      if (error instanceof Refusal) refusal = error;
    }
    // stop() may have come in the very moment in which the link was up.
    if (!isOpen || this.loop !== loop) link?.close(this.token);
    if (this.loop !== loop) return;
    this.attempt = null;
    if (isOpen && link !== null) this.adopt(link);
    else await this.failed(refusal);
  }

  private async failed(refusal: Refusal | null): Promise<void> {
    if (refusal !== null && isFinal(refusal.verdict)) {
      this.isStopped = true;
      this.loop = null;
      this.host.onRefused(refusal);
      return;
    }
    this.host.onFailed(refusal);
    // A class that was there will be there again in a moment; one that never was, perhaps tomorrow.
    const isUnknown = refusal?.verdict === 'unknown' && this.current === null;
    const atLeast = isUnknown ? kUnknownClassMs : (refusal?.retryAfterMs ?? 0);
    await this.sleep(this.backoff.next() + atLeast);
  }

  private adopt(link: Link): void {
    this.loop = null;
    this.leaving?.close(this.token);
    const old = (this.leaving = this.current);
    this.current = link;
    this.connectedAt = this.env.now();
    const end = () => {
      old?.close(this.token);
      if (this.leaving === old) this.leaving = null;
    };
    this.env.after(this.patience.overlapMs, end);
    void this.host.onConnected(link).then(end, end);
  }

  private async tick(): Promise<void> {
    const link = this.current;
    if (link === null || link.pc.signalingState === 'closed') return;
    const bytes = await this.host.read(link);
    if (link !== this.current || this.loop !== null || this.isStopped) return;
    const now = this.env.now();
    link.watch.onBytes(now, bytes);
    const verdict = link.watch.verdict(now, this.patience.tripMs);
    if (isLost(verdict)) this.reconnect(verdict);
    else if (verdict === 'ask') this.host.ask();
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.env.after(ms, resolve);
      this.wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
