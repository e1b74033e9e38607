// What lets the user in. A link may carry a one-time ticket (`?token=`): it is swapped for a token and
// taken out of the address bar at once, so that a copied address or a screenshot gives nothing away.

import { at } from '../base/address';
import { Backoff } from '../base/backoff';
import { kBrowser, type Environment } from '../base/environment';
import { clientName } from '../base/identity';
import { fetchWithin, retryAfterMs } from './media_session';
import type { Role } from './messages';
import type { Patience } from './patience';

// In which class, and as what.
export interface Seat {
  class: string;
  role: Role;
}

function storageKey(what: 'token' | 'ticket', seat: Seat): string {
  return `lectern.${what}.${seat.role}.${seat.class}`;
}

export function storedToken(seat: Seat): string | null {
  return sessionStorage.getItem(storageKey('token', seat));
}

export function keepToken(seat: Seat, token: string): void {
  sessionStorage.setItem(storageKey('token', seat), token);
}

// The ticket of the address, which is kept until the server has said yes or no: also over a reload.
function takeTicket(key: string): string | null {
  const address = new URL(location.href);
  const ticket = address.searchParams.get('token');
  if (ticket === null) return sessionStorage.getItem(key);
  address.searchParams.delete('token');
  history.replaceState(null, '', address);
  sessionStorage.setItem(key, ticket);
  return ticket;
}

interface Answer {
  token: string | null;
  waitMs: number | null; // null: there is no sense in another try
}

async function readAnswer(response: Response): Promise<Answer> {
  if (response.ok) {
    const { token } = (await response.json()) as { token?: unknown };
    return { token: typeof token === 'string' ? token : null, waitMs: null };
  }
  // A proxy or a server that starts says 5xx, one that is asked too often 429: the ticket is good yet.
  const { status } = response;
  const isPassing = status >= 500 || [408, 425, 429].includes(status);
  return { token: null, waitMs: isPassing ? (retryAfterMs(response) ?? 0) : null };
}

// Resolves to false when the server has refused the ticket (used, expired). A request that was lost
// is sent again with the very same ticket; the server knows by `client` that the same page asks
// [P102]. `onWaiting` is called before each new try.
export async function redeemTicket(
  seat: Seat,
  patience: Patience,
  onWaiting: () => void,
  env: Environment = kBrowser,
): Promise<boolean> {
  const key = storageKey('ticket', seat);
  const ticket = takeTicket(key);
  if (ticket === null) return true;
  const backoff = new Backoff(env.random);
  const init = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ticket, client: clientName() }),
  };
  for (;;) {
    const url = at('api/v1/tickets/redeem');
    const answer = await fetchWithin(env, patience.requestMs, url, init, readAnswer).catch(() => {
      patience.missed();
      return { token: null, waitMs: 0 };
    });
    if (answer.waitMs === null) {
      sessionStorage.removeItem(key);
      if (answer.token === null) return false;
      keepToken(seat, answer.token);
      return true;
    }
    onWaiting();
    const waitMs = answer.waitMs + backoff.next();
    await new Promise<void>((resolve) => env.after(waitMs, resolve));
  }
}
