// The teacher's microphone, camera and screen as they are wished. The wish is the page's and outlives
// every track: a microphone that is off stays off when it is unplugged, when another one is chosen
// and when the page is loaded again; a camera that is wished comes back when it is plugged in again.

import type { DeviceChoice, DeviceFault, DeviceKind, Opened } from './devices';
import type { Tracks } from '../link/publish_link';
import type { Sources } from '../link/sources';

export type Kind = keyof Tracks;
export type Fault = DeviceFault | 'silenced' | 'stopped';

// What opens devices (devices.ts); tests give another.
export interface Devices {
  openDevice(kind: DeviceKind, id: string | null): Promise<Opened>;
  openBoth(ids: Record<DeviceKind, string | null>): Promise<Record<DeviceKind, Opened>>;
  openScreen(): Promise<Opened>;
  listDevices(kind: DeviceKind): Promise<DeviceChoice[]>;
}

// Where tracks go (teacher.ts).
export interface Desk {
  readonly tracks: Tracks;
  put(kind: Kind, track: MediaStreamTrack | null): Promise<void>;
  saySources(): void;
}

export const kDevices: readonly DeviceKind[] = ['microphone', 'camera'];

export class Capture {
  onChange: () => void = () => {};
  onTrack: (kind: Kind, track: MediaStreamTrack | null) => void = () => {};
  readonly faults = new Map<Kind, Fault>();

  private readonly desk: Desk;
  private readonly devices: Devices;
  private readonly key: string;
  private readonly wishes: Sources;
  private readonly opening = new Set<Kind>();
  // A device is opened or closed once at a time: what is pressed meanwhile is looked at afterwards.
  private readonly queues = new Map<Kind, Promise<void>>();

  constructor(classId: string, desk: Desk, devices: Devices) {
    this.desk = desk;
    this.devices = devices;
    this.key = `lectern.wishes.${classId}`;
    const kept = JSON.parse(sessionStorage.getItem(this.key) ?? '{}') as Partial<Sources>;
    this.wishes = { camera: true, microphone: true, screen: false, ...kept };
  }

  isWished(kind: Kind): boolean {
    return this.wishes[kind];
  }

  // On, as far as the teacher and the device go.
  isOn(kind: Kind): boolean {
    return this.wishes[kind] && this.desk.tracks[kind] !== null;
  }

  // The part of window.lectern.stats() that is about devices (docs/testing.md).
  stats(): Record<string, unknown> {
    const on = (kind: Kind) => this.isOn(kind);
    return {
      wishes: { ...this.wishes },
      on: { camera: on('camera'), microphone: on('microphone'), screen: on('screen') },
      faults: Object.fromEntries(this.faults),
    };
  }

  chosen(kind: DeviceKind): string | null {
    return localStorage.getItem(`lectern.${kind}`);
  }

  // What was on before this page was loaded, or everything. What is off is not even asked for.
  async begin(): Promise<void> {
    if (this.wishes.screen) {
      // Browsers share a screen upon a press only.
      this.wish('screen', false);
      this.faults.set('screen', 'stopped');
    }
    if (!this.wishes.microphone || !this.wishes.camera) {
      await Promise.all(kDevices.map((kind) => this.enqueue(kind, () => this.settle(kind))));
      return;
    }
    for (const kind of kDevices) this.opening.add(kind);
    const ids = { microphone: this.chosen('microphone'), camera: this.chosen('camera') };
    const both = this.devices.openBoth(ids);
    const place = async (kind: DeviceKind) => {
      const opened = await both;
      this.opening.delete(kind);
      await this.take(kind, opened[kind]);
    };
    await Promise.all(kDevices.map((kind) => this.enqueue(kind, () => place(kind))));
  }

  // A press of the device's button. Where it is wished and does not work it is tried again.
  toggle(kind: DeviceKind): Promise<void> {
    this.wish(kind, !this.isOn(kind) && !(this.wishes[kind] && this.opening.has(kind)));
    // Off is off at once, not when the queue comes to it.
    const track = this.desk.tracks[kind];
    if (track !== null && !this.wishes[kind]) track.enabled = false;
    return this.enqueue(kind, () => this.settle(kind));
  }

  toggleScreen(canShare: boolean): Promise<void> {
    const shared = this.desk.tracks.screen;
    this.wish('screen', shared === null && canShare);
    if (shared === null && !canShare) this.faults.set('screen', 'missing');
    else this.faults.delete('screen');
    if (!this.wishes.screen) return this.enqueue('screen', () => this.remove('screen'));
    // Not by the queue: the browser's question has to come within the press.
    return this.devices.openScreen().then((opened) => {
      // Refused: the teacher closed the browser's own question; nothing to explain.
      if (!('track' in opened)) return this.wish('screen', false);
      return this.enqueue('screen', () => this.take('screen', opened));
    });
  }

  // Another device. A camera that is off stays off, a microphone stays silent.
  choose(kind: DeviceKind, id: string): Promise<void> {
    localStorage.setItem(`lectern.${kind}`, id);
    return this.enqueue(kind, () => this.replace(kind));
  }

  // Something was plugged in or out.
  async devicesChanged(): Promise<void> {
    const look = async (kind: DeviceKind) => {
      const fault = this.faults.get(kind);
      if (fault === 'denied' || fault === 'insecure') return;
      if (this.desk.tracks[kind] === null) await this.settle(kind);
      else if (await this.isChosenBack(kind)) await this.replace(kind);
    };
    await Promise.all(kDevices.map((kind) => this.enqueue(kind, () => look(kind))));
  }

  // ---- private

  private enqueue(kind: Kind, action: () => Promise<void>): Promise<void> {
    const before = this.queues.get(kind) ?? Promise.resolve();
    const done = before
      .then(action)
      .catch(() => {})
      .then(() => this.onChange());
    this.queues.set(kind, done);
    this.onChange();
    return done;
  }

  private wish(kind: Kind, isOn: boolean): void {
    this.wishes[kind] = isOn;
    sessionStorage.setItem(this.key, JSON.stringify(this.wishes));
  }

  // The chosen device is there while another one stands in for it.
  private async isChosenBack(kind: DeviceKind): Promise<boolean> {
    const chosen = this.chosen(kind);
    const inUse = this.desk.tracks[kind]?.getSettings().deviceId;
    if (chosen === null || inUse === undefined || inUse === chosen) return false;
    return (await this.devices.listDevices(kind)).some(({ id }) => id === chosen);
  }

  // Brings the device in line with the wish. The microphone stays open while it is off: it must be
  // back within a syllable. The camera is closed, so that its light goes out.
  private async settle(kind: DeviceKind): Promise<void> {
    const track = this.desk.tracks[kind];
    if (kind === 'microphone' && track !== null) {
      track.enabled = this.wishes.microphone;
      this.desk.saySources();
    } else if (!this.wishes[kind]) {
      this.faults.delete(kind);
      await this.remove(kind);
    } else if (track === null) {
      await this.take(kind, await this.open(kind));
    }
  }

  private async open(kind: DeviceKind): Promise<Opened> {
    this.opening.add(kind);
    this.onChange();
    const opened = await this.devices.openDevice(kind, this.chosen(kind));
    this.opening.delete(kind);
    return opened;
  }

  private async replace(kind: DeviceKind): Promise<void> {
    // Some devices cannot be opened while their old track lives (a phone's two cameras).
    const old = this.desk.tracks[kind];
    if (old === null) return this.settle(kind);
    old.stop();
    await this.take(kind, await this.open(kind));
  }

  // Puts what was opened in its place, or says why it could not be.
  private async take(kind: Kind, opened: Opened): Promise<void> {
    const old = this.desk.tracks[kind];
    if ('fault' in opened) {
      this.faults.set(kind, opened.fault);
      await this.remove(kind);
      return;
    }
    const { track } = opened;
    const isWished = this.wishes[kind];
    // The wish may have changed while the browser asked.
    if (!isWished && kind !== 'microphone') {
      track.stop();
      return;
    }
    this.faults.delete(kind);
    track.enabled = isWished;
    track.addEventListener('ended', () => this.ended(kind, track));
    for (const name of ['mute', 'unmute']) {
      track.addEventListener(name, () => this.silenced(kind, track));
    }
    this.onTrack(kind, track);
    await this.desk.put(kind, track);
    old?.stop();
  }

  private async remove(kind: Kind): Promise<void> {
    const track = this.desk.tracks[kind];
    if (track === null) return;
    this.onTrack(kind, null);
    await this.desk.put(kind, null);
    track.stop();
  }

  // Unplugged, or taken back by the browser; of a screen: the teacher pressed the browser's Stop.
  private ended(kind: Kind, track: MediaStreamTrack): void {
    if (this.desk.tracks[kind] !== track) return;
    if (kind === 'screen') this.wish('screen', false);
    void this.enqueue(kind, async () => {
      if (this.desk.tracks[kind] !== track) return;
      await this.remove(kind);
      if (kind !== 'screen') await this.settle(kind);
    });
  }

  // The system lets nothing through (a call, a switch on the device), or does so again.
  private silenced(kind: Kind, track: MediaStreamTrack): void {
    if (kind === 'screen' || this.desk.tracks[kind] !== track) return;
    if (track.muted) this.faults.set(kind, 'silenced');
    else this.faults.delete(kind);
    this.onChange();
  }
}
