// One WHIP (RFC 9725) or WHEP session at the server: made by POSTing an offer, ended by DELETE.
// No trickle: the server is ICE-lite and learns our address from our own checks, so the offer leaves
// before a single candidate has been gathered.

import { kBrowser, type Environment } from '../base/environment';
import type { Said } from './codes';
import { verdictOf, type Verdict } from './verdict';

// Why the server said no. `retryAfterMs` is set where the server has said when.
export class Refusal extends Error {
  readonly said: Said;
  readonly verdict: Verdict;
  readonly retryAfterMs: number | null;

  constructor(status: number, said: Said, retryAfterMs: number | null) {
    super(said.code);
    this.said = said;
    this.verdict = verdictOf(said, status);
    this.retryAfterMs = retryAfterMs;
  }
}

export interface MediaSession {
  answer: string; // SDP
  url: URL; // of the session
  id: string; // last path element of the URL: what the WebSocket calls `session`
}

function headers(token: string | null, more: Record<string, string> = {}): Record<string, string> {
  return token === null ? more : { ...more, Authorization: `Bearer ${token}` };
}

// RFC 9110 section 10.2.3: seconds, or a date. null when there is neither.
export function retryAfterMs(response: Response): number | null {
  const text = response.headers.get('Retry-After') ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

// A proxy may answer as well, by no problem at all.
export async function refusalOf(response: Response): Promise<Refusal> {
  const problem = (await response.json().catch(() => null)) as Said | null;
  return new Refusal(response.status, problem ?? {}, retryAfterMs(response));
}

// fetch() with a deadline for the whole answer: `read` is what is made of it.
export async function fetchWithin<T>(
  env: Environment,
  timeoutMs: number,
  url: URL,
  init: RequestInit,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  const cancel = env.after(timeoutMs, () => abort.abort());
  try {
    return await read(await env.fetch(url, { ...init, signal: abort.signal, cache: 'no-store' }));
  } finally {
    cancel();
  }
}

// Throws Refusal (the server answered, and said no) or TypeError/AbortError (it did not answer).
export function createSession(
  env: Environment,
  timeoutMs: number,
  url: URL,
  offer: string,
  token: string | null,
): Promise<MediaSession> {
  const init = {
    method: 'POST',
    headers: headers(token, { 'Content-Type': 'application/sdp' }),
    body: offer,
  };
  return fetchWithin(env, timeoutMs, url, init, async (response) => {
    if (response.status !== 201) throw await refusalOf(response);
    const session = new URL(response.headers.get('Location') ?? '', url);
    const id = session.pathname.slice(session.pathname.lastIndexOf('/') + 1);
    return { answer: await response.text(), url: session, id };
  });
}

// Best effort; outlives the page. Resolves when the server has answered, or will not.
export async function deleteSession(
  session: MediaSession,
  token: string | null,
  env: Environment = kBrowser,
): Promise<void> {
  const init = { method: 'DELETE', headers: headers(token), keepalive: true };
  await env.fetch(session.url, init).catch(() => {});
}
