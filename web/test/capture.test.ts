import { FakeTrack, settle } from './fakes';
import assert from 'node:assert/strict';
import test, { beforeEach } from 'node:test';
import { Capture, type Desk, type Devices, type Kind } from '../src/class/capture';
import type { DeviceFault, DeviceKind, Opened } from '../src/class/devices';
import type { Tracks } from '../src/link/publish_link';

class Room implements Devices, Desk {
  readonly tracks: Tracks = { microphone: null, camera: null, screen: null };
  readonly opened: string[] = [];
  plugged: Record<DeviceKind, string[]> = { microphone: ['mic-1'], camera: ['cam-1'] };
  fault: DeviceFault = 'missing';
  gate: Promise<void> = Promise.resolve();

  async openDevice(kind: DeviceKind, id: string | null): Promise<Opened> {
    await this.gate;
    this.opened.push(kind);
    const device = this.plugged[kind].find((name) => name === id) ?? this.plugged[kind][0];
    if (device === undefined) return { fault: this.fault };
    return { track: new FakeTrack(kind === 'camera' ? 'video' : 'audio', device).asTrack() };
  }

  async openBoth(ids: Record<DeviceKind, string | null>) {
    const microphone = await this.openDevice('microphone', ids.microphone);
    return { microphone, camera: await this.openDevice('camera', ids.camera) };
  }

  openScreen = async (): Promise<Opened> => ({ track: new FakeTrack('video').asTrack() });
  listDevices = async (kind: DeviceKind) => this.plugged[kind].map((id) => ({ id, label: id }));
  put = async (kind: Kind, track: MediaStreamTrack | null) => void (this.tracks[kind] = track);
  saySources = () => {};

  fake(kind: Kind): FakeTrack {
    return this.tracks[kind] as unknown as FakeTrack;
  }

  // What students hear or see.
  isSent(kind: Kind): boolean {
    return this.tracks[kind]?.enabled ?? false;
  }
}

async function open(room = new Room()) {
  const capture = new Capture('algebra', room, room);
  await capture.begin();
  return { room, capture };
}

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});

test('everything is on at first', async () => {
  const { room, capture } = await open();
  assert.ok(room.isSent('microphone') && room.isSent('camera') && !room.isSent('screen'));
  assert.ok(capture.isOn('microphone') && capture.isOn('camera'));
});

test('muted, then the microphone is unplugged: it stays off, with every other one too', async () => {
  const { room, capture } = await open();
  room.plugged.microphone = ['mic-1', 'mic-2'];
  await capture.toggle('microphone');
  assert.ok(!room.isSent('microphone'));
  room.plugged.microphone = ['mic-2'];
  room.fake('microphone').unplug();
  await settle();
  assert.ok(!room.isSent('microphone') && !capture.isOn('microphone'));
  await capture.devicesChanged();
  assert.ok(!room.isSent('microphone'));
  await capture.choose('microphone', 'mic-2');
  assert.ok(!room.isSent('microphone'));
  await capture.toggle('microphone');
  assert.ok(room.isSent('microphone'));
});

test('muted, then another microphone is chosen: silent still', async () => {
  const { room, capture } = await open();
  room.plugged.microphone = ['mic-1', 'mic-2'];
  await capture.toggle('microphone');
  await capture.choose('microphone', 'mic-2');
  assert.equal(room.tracks.microphone?.getSettings().deviceId, 'mic-2');
  assert.ok(!room.isSent('microphone'));
});

test('camera off, then another camera is chosen: it stays off', async () => {
  const { room, capture } = await open();
  await capture.toggle('camera');
  room.plugged.camera = ['cam-1', 'cam-2'];
  await capture.choose('camera', 'cam-2');
  assert.equal(room.tracks.camera, null);
  await capture.toggle('camera');
  assert.equal(room.fake('camera').deviceId, 'cam-2');
});

test('both off, then a reload: off still, and nothing is asked for', async () => {
  const { capture } = await open();
  await capture.toggle('microphone');
  await capture.toggle('camera');
  const after = await open();
  assert.deepEqual(after.room.opened, []);
  assert.deepEqual(after.capture.stats().on, { camera: false, microphone: false, screen: false });
  await after.capture.toggle('camera');
  assert.ok(after.room.isSent('camera') && !after.room.isSent('microphone'));
});

test('a camera that is unplugged comes back when it is plugged in, if it is wished', async () => {
  const { room, capture } = await open();
  room.plugged.camera = [];
  room.fake('camera').unplug();
  await settle();
  assert.equal(capture.faults.get('camera'), 'missing');
  room.plugged.camera = ['cam-1'];
  await Promise.all([capture.devicesChanged(), capture.devicesChanged()]);
  assert.ok(room.isSent('camera'));
  assert.equal(capture.faults.get('camera'), undefined);
});

test('the chosen camera is taken again from the one that stood in for it', async () => {
  const { room, capture } = await open();
  room.plugged.camera = ['cam-1', 'usb'];
  await capture.choose('camera', 'usb');
  room.plugged.camera = ['cam-1'];
  room.fake('camera').unplug();
  await settle();
  assert.equal(room.fake('camera').deviceId, 'cam-1');
  room.plugged.camera = ['cam-1', 'usb'];
  await capture.devicesChanged();
  assert.equal(room.fake('camera').deviceId, 'usb');
});

test('a denied camera is not asked for again by itself', async () => {
  const room = new Room();
  room.plugged.camera = [];
  room.fault = 'denied';
  const { capture } = await open(room);
  const asked = room.opened.length;
  await capture.devicesChanged();
  assert.equal(room.opened.length, asked);
});

test('switched off while the browser still asks: it stays off', async () => {
  const { room, capture } = await open();
  await capture.toggle('camera');
  let allow = () => {};
  room.gate = new Promise((resolve) => (allow = resolve));
  const on = capture.toggle('camera');
  await settle();
  const off = capture.toggle('camera');
  allow();
  await Promise.all([on, off]);
  assert.equal(room.tracks.camera, null);
  assert.ok(!capture.isWished('camera'));
});

test('off is off at once, whatever else is going on', async () => {
  const { room, capture } = await open();
  room.gate = new Promise(() => {});
  void capture.choose('microphone', 'mic-1');
  void capture.toggle('camera');
  await settle();
  assert.ok(!room.isSent('camera'));
});

test('a device that the system silences is said, and the wish stays', async () => {
  const { room, capture } = await open();
  const track = room.fake('microphone');
  track.muted = true;
  track.dispatchEvent(new Event('mute'));
  assert.equal(capture.faults.get('microphone'), 'silenced');
  track.muted = false;
  track.dispatchEvent(new Event('unmute'));
  assert.equal(capture.faults.size, 0);
  assert.ok(capture.isOn('microphone'));
});

test('a shared screen ends by the browser’s button, and after a reload it says so', async () => {
  const { room, capture } = await open();
  await capture.toggleScreen(true);
  assert.ok(capture.isOn('screen'));
  const after = await open();
  assert.equal(after.capture.faults.get('screen'), 'stopped');
  assert.ok(!after.capture.isOn('screen'));
  room.fake('screen').unplug();
  await settle();
  assert.ok(!capture.isWished('screen') && room.tracks.screen === null);
});
