// What a page needs of its browser to keep its connections: clock, chance, network. Classes take it
// as an argument, so that tests give them another.

export interface Environment {
  now(): number; // milliseconds, never goes back
  random(): number; // uniform in [0, 1)
  after(ms: number, action: () => void): () => void; // returns how to call it off
  every(ms: number, action: () => void): void;
  on(event: 'online' | 'offline' | 'pagehide', action: () => void): void;
  isOnline(): boolean;
  fetch(url: URL, init: RequestInit): Promise<Response>;
  openSocket(url: URL, protocol: string): WebSocket;
  makeConnection(): RTCPeerConnection;
}

export const kBrowser: Environment = {
  now: () => performance.now(),
  random: Math.random,
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  every: (ms, action) => void setInterval(action, ms),
  on: (event, action) => addEventListener(event, action),
  isOnline: () => navigator.onLine,
  fetch: (url, init) => fetch(url, init),
  openSocket: (url, protocol) => new WebSocket(url, protocol),
  makeConnection: () => new RTCPeerConnection({ bundlePolicy: 'max-bundle' }),
};
