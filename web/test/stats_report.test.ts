import assert from 'node:assert/strict';
import test from 'node:test';
import { readInbound } from '../src/link/inbound';
import { OutboundReader } from '../src/link/outbound';
import { selectedPair, type Stat } from '../src/link/stats_report';

// Chromium has moved from the first pair to the second, which goes on growing.
const before = { bytesReceived: 9000, packetsReceived: 30, currentRoundTripTime: 0.5 };
const moved = (bytesReceived: number): Stat[] => [
  { type: 'candidate-pair', id: 'P1', nominated: true, ...before },
  { type: 'candidate-pair', id: 'P2', nominated: true, bytesReceived, currentRoundTripTime: 0.02 },
  { type: 'transport', id: 'T1', selectedCandidatePairId: 'P2' },
];
const connection = (stats: Stat[]) =>
  ({
    signalingState: 'stable',
    getStats: () => Promise.resolve(new Map(stats.map((stat, i) => [i, stat]))),
  }) as unknown as RTCPeerConnection;

test('the pair in use is the one that the transport names, or that is marked as selected', () => {
  assert.equal(selectedPair(moved(100))?.id, 'P2');
  const firefox = moved(100).slice(0, 2);
  firefox[1] = { ...firefox[1], type: 'candidate-pair', selected: true };
  assert.equal(selectedPair(firefox)?.id, 'P2');
  assert.equal(selectedPair(moved(100).slice(0, 1))?.id, 'P1');
  assert.equal(selectedPair([]), undefined);
});

test('a browser that moves to another pair is heard, and counts what came by both', async () => {
  const reader = new OutboundReader();
  const heard = async (bytes: number) =>
    (await reader.read(connection(moved(bytes)), {}, new Set<string>()))?.heardBytes ?? 0;
  assert.ok((await heard(200)) > (await heard(100)));
  const first = await readInbound(connection(moved(0)));
  const then = await readInbound(connection(moved(1000)));
  assert.equal(first?.rttMs, 20);
  assert.equal((then?.counters.wire_bytes ?? 0) - (first?.counters.wire_bytes ?? 0), 1000);
  assert.ok((first?.counters.wire_bytes ?? 0) >= 9000);
});
