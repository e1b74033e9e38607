// One WHIP (RFC 9725) or WHEP session at the server: made by POSTing an offer, ended by DELETE.
// No trickle: the server is ICE-lite and learns our address from our own checks, so the offer leaves
// before a single candidate has been gathered.

// Why the server said no. `retryAfterMs` is set where trying again may help.
export class Refusal extends Error {
  readonly status: number;
  readonly retryAfterMs: number | null;

  constructor(status: number, detail: string, retryAfterMs: number | null) {
    super(detail);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  // Refused for good: what the user has to change is said in words, no retry helps. An unknown class
  // (404) may yet be opened, a full server (503) may empty.
  get isFinal(): boolean {
    return [400, 401, 403, 406, 409, 413, 415, 422].includes(this.status);
  }
}

export interface MediaSession {
  answer: string; // SDP
  url: string; // of the session
  id: string; // last path element of the URL: what the WebSocket calls `session`
}

const kPostTimeoutMs = 12_000; // the server answers within 10 s [P14]

function headers(token: string | null, more: Record<string, string> = {}): Record<string, string> {
  return token === null ? more : { ...more, Authorization: `Bearer ${token}` };
}

async function refusal(response: Response): Promise<Refusal> {
  const problem: unknown = await response.json().catch(() => null);
  const detail =
    typeof problem === 'object' && problem !== null && 'detail' in problem ? problem.detail : null;
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new Refusal(
    response.status,
    typeof detail === 'string' ? detail : response.statusText,
    Number.isFinite(seconds) ? seconds * 1000 : null,
  );
}

// Throws Refusal (the server answered, and said no) or TypeError/AbortError (it did not answer).
export async function createSession(
  path: string,
  offer: string,
  token: string | null,
): Promise<MediaSession> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), kPostTimeoutMs);
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: headers(token, { 'Content-Type': 'application/sdp' }),
      body: offer,
      signal: abort.signal,
      cache: 'no-store',
    });
    if (response.status !== 201) throw await refusal(response);
    const url = new URL(response.headers.get('Location') ?? '', new URL(path, location.href)).href;
    return { answer: await response.text(), url, id: url.slice(url.lastIndexOf('/') + 1) };
  } finally {
    clearTimeout(timer);
  }
}

// Best effort; outlives the page. Resolves when the server has answered, or will not.
export async function deleteSession(session: MediaSession, token: string | null): Promise<void> {
  await fetch(session.url, { method: 'DELETE', headers: headers(token), keepalive: true }).catch(
    () => {},
  );
}
