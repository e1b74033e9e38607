// Who the user is. A link may carry a one-time ticket (`?token=`): it is swapped for a token and
// taken out of the address bar at once, so that a copied address or a screenshot gives nothing away.

const kRedeemPath = '/api/v1/tickets/redeem';

function storageKey(role: string, classId: string): string {
  return `lectern.token.${role}.${classId}`;
}

export function storedToken(role: string, classId: string): string | null {
  return sessionStorage.getItem(storageKey(role, classId));
}

// Resolves to false when the ticket was refused (used, expired); a network failure counts as such.
export async function redeemTicket(role: string, classId: string): Promise<boolean> {
  const address = new URL(location.href);
  const ticket = address.searchParams.get('token');
  if (ticket === null) return true;
  address.searchParams.delete('token');
  history.replaceState(null, '', address);
  try {
    const response = await fetch(kRedeemPath, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ticket }),
    });
    if (!response.ok) return false;
    const body: unknown = await response.json();
    const token =
      typeof body === 'object' && body !== null && 'token' in body ? body.token : undefined;
    if (typeof token !== 'string') return false;
    sessionStorage.setItem(storageKey(role, classId), token);
    return true;
  } catch {
    return false;
  }
}

// The class of /teach/{class} and /watch/{class}.
export function classInAddress(): string {
  return decodeURIComponent(location.pathname.split('/')[2] ?? '');
}

export function keepToken(role: string, classId: string, token: string): void {
  sessionStorage.setItem(storageKey(role, classId), token);
}

// Names this tab to the server, so that it can take over from itself [P16].
export function clientName(): string {
  const key = 'lectern.client';
  let name = sessionStorage.getItem(key);
  if (name === null) {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    name = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
    sessionStorage.setItem(key, name);
  }
  return name;
}
