// /teach/{class}: the teacher's page.

import { readCodecs } from './codecs';
import {
  canShareScreen,
  listDevices,
  openBoth,
  openDevice,
  openScreen,
  type DeviceFault,
  type DeviceKind,
  type Opened,
} from './devices';
import { byId, make, setText, show } from './dom';
import { Translator } from './i18n';
import { LevelMeter } from './level_meter';
import type { VideoCodec } from './media_link';
import { teachToneOf } from './teach_state';
import { renderAudience, renderChoices, renderSending } from './teach_view';
import { Teacher } from './teacher';
import { classInAddress, redeemTicket } from './ticket';
import { kTeachWords, type TeachWord } from './words_teach';

declare global {
  interface Window {
    lectern?: { stats(): Record<string, unknown> };
  }
}

const kSilentMs = 8000;
const kCopiedMs = 2000;
const kDevices: readonly DeviceKind[] = ['microphone', 'camera'];

const classId = classInAddress();
const teachingKey = `lectern.teaching.${classId}`;
const words = new Translator<TeachWord>(kTeachWords);
const meter = new LevelMeter();
const faults = new Map<DeviceKind | 'screen', DeviceFault>();
const teacher = new Teacher(classId, wantedCodec());

function wantedCodec(): VideoCodec {
  const asked = new URL(location.href).searchParams.get('codec');
  return (asked ?? localStorage.getItem('lectern.codec')) === 'h264' ? 'h264' : 'vp8';
}

function chosenDevice(kind: DeviceKind): string | null {
  return localStorage.getItem(`lectern.${kind}`);
}

// ---- rendering

function renderState(): void {
  const { state } = teacher;
  const pill = byId('state');
  setText(pill, words.text(state));
  pill.dataset.state = state;
  pill.dataset.tone = teachToneOf(state);
  document.body.dataset.phase = teacher.isStarted ? 'live' : 'lobby';
  show(byId('start'), !teacher.isStarted);
  show(byId('stop'), teacher.isStarted);
  const isNotice = !['lobby', 'connecting', 'live'].includes(state);
  show(byId('notice'), isNotice);
  if (isNotice) {
    setText(byId('notice-title'), words.text(state));
    setText(byId('notice-text'), words.text(`${state}Text` as TeachWord));
  }
  const canRetry = state === 'refused-conflict' || state === 'refused-replaced';
  show(byId('again'), canRetry);
  setText(byId('again'), words.text(state === 'refused-replaced' ? 'teachHere' : 'tryAgain'));
}

function renderTracks(): void {
  const { microphone, camera, screen } = teacher.tracks;
  const layout = camera && screen ? 'both' : camera ? 'camera' : screen ? 'screen' : 'none';
  byId('stage').dataset.layout = layout;
  const isHeard = microphone?.enabled ?? false;
  byId('microphone').setAttribute('aria-pressed', String(isHeard));
  byId('microphone-icon').setAttribute('href', isHeard ? '#i-mic' : '#i-mic-off');
  byId('camera-toggle').setAttribute('aria-pressed', String(camera !== null));
  byId('camera-icon').setAttribute('href', camera !== null ? '#i-cam' : '#i-cam-off');
  byId('share').setAttribute('aria-pressed', String(screen !== null));
  setText(byId('share-text'), words.text(screen !== null ? 'shareStop' : 'share'));
}

function renderFaults(): void {
  const items = [...faults].map(([kind, fault]) => {
    const item = make('li', '', words.text(`${kind}-${fault}` as TeachWord));
    item.dataset.testid = `fault-${kind}`;
    return item;
  });
  byId('faults').replaceChildren(...items);
}

async function renderDevices(): Promise<void> {
  for (const kind of kDevices) {
    const inUse = teacher.tracks[kind]?.getSettings().deviceId;
    renderChoices(words, kind, await listDevices(kind), inUse ?? chosenDevice(kind));
  }
}

function render(): void {
  renderState();
  renderTracks();
  renderAudience(words, teacher.audience);
  renderSending(words, teacher.sending);
}

function renderWords(): void {
  words.apply();
  document.title = words.text('title', { class: classId });
  setText(byId('class-name'), classId);
  setText(byId('language'), words.text('language'));
  byId('language').lang = words.language === 'id' ? 'en' : 'id';
  renderFaults();
  void renderDevices();
  render();
}

// ---- devices

function preview(id: 'camera' | 'screen', track: MediaStreamTrack | null): void {
  const video = byId<HTMLVideoElement>(id);
  video.srcObject = track === null ? null : new MediaStream([track]);
}

// Puts what was opened in its place, or says why it could not be.
async function take(kind: DeviceKind, opened: Opened): Promise<void> {
  const old = teacher.tracks[kind];
  if ('fault' in opened) {
    faults.set(kind, opened.fault);
  } else {
    faults.delete(kind);
    opened.track.addEventListener('ended', () => void lost(kind, opened.track));
    if (kind === 'microphone') meter.attach(opened.track);
    else preview('camera', opened.track);
    await teacher.put(kind, opened.track);
    old?.stop();
  }
  renderFaults();
  await renderDevices();
}

// Unplugged, or taken back by the browser.
async function lost(kind: DeviceKind, track: MediaStreamTrack): Promise<void> {
  if (teacher.tracks[kind] !== track) return;
  await remove(kind);
  await take(kind, await openDevice(kind, null));
}

async function remove(kind: DeviceKind): Promise<void> {
  const track = teacher.tracks[kind];
  if (kind === 'microphone') meter.attach(null);
  else preview('camera', null);
  await teacher.put(kind, null);
  track?.stop();
}

// The microphone stays open while it is off: it must be back within a syllable. The camera is
// closed, so that its light goes out.
async function toggleMicrophone(): Promise<void> {
  const track = teacher.tracks.microphone;
  if (track === null) {
    await take('microphone', await openDevice('microphone', chosenDevice('microphone')));
  } else {
    track.enabled = !track.enabled;
    teacher.saySources();
  }
  render();
}

async function toggleCamera(): Promise<void> {
  if (teacher.tracks.camera !== null) await remove('camera');
  else await take('camera', await openDevice('camera', chosenDevice('camera')));
  render();
}

async function toggleShare(): Promise<void> {
  const shared = teacher.tracks.screen;
  if (shared !== null) {
    shared.stop();
    await share(null);
    return;
  }
  if (!canShareScreen) {
    faults.set('screen', 'missing');
    renderFaults();
    return;
  }
  const opened = await openScreen();
  // Refused: the teacher closed the browser's own question; nothing to explain.
  if (!('track' in opened)) return;
  opened.track.addEventListener('ended', () => void share(null));
  await share(opened.track);
}

async function share(track: MediaStreamTrack | null): Promise<void> {
  preview('screen', track);
  await teacher.put('screen', track);
}

async function choose(kind: DeviceKind): Promise<void> {
  const { value } = byId<HTMLSelectElement>(`${kind}-choice`);
  localStorage.setItem(`lectern.${kind}`, value);
  const wasMuted = teacher.tracks[kind]?.enabled === false;
  // Some devices cannot be opened while their old track lives (a phone's two cameras).
  teacher.tracks[kind]?.stop();
  const opened = await openDevice(kind, value);
  if ('track' in opened && wasMuted) opened.track.enabled = false;
  await take(kind, opened);
}

// ---- the class

function start(): void {
  sessionStorage.setItem(teachingKey, '1');
  teacher.start();
}

function stop(): void {
  sessionStorage.removeItem(teachingKey);
  teacher.stop();
  byId('start').focus();
}

async function copyLink(): Promise<void> {
  const link = byId<HTMLInputElement>('link');
  link.select();
  await navigator.clipboard?.writeText(link.value).catch(() => document.execCommand('copy'));
  setText(byId('copy'), words.text('copied'));
  setTimeout(() => setText(byId('copy'), words.text('copy')), kCopiedMs);
}

function wireControls(): void {
  const onClick = (id: string, action: () => unknown) => {
    byId(id).addEventListener('click', () => void action());
  };
  onClick('start', start);
  onClick('again', start);
  onClick('stop', stop);
  onClick('microphone', toggleMicrophone);
  onClick('camera-toggle', toggleCamera);
  onClick('share', toggleShare);
  onClick('copy', copyLink);
  onClick('language', () => {
    words.switchTo(words.language === 'id' ? 'en' : 'id');
    renderWords();
  });
  for (const kind of kDevices) {
    byId(`${kind}-choice`).addEventListener('change', () => void choose(kind));
  }
  const codec = byId<HTMLSelectElement>('codec');
  codec.value = teacher.codec;
  for (const option of codec.options) {
    option.disabled = !readCodecs().some((name) => name === option.value);
  }
  codec.addEventListener('change', () => {
    localStorage.setItem('lectern.codec', codec.value);
    teacher.codec = codec.value as VideoCodec;
  });
  navigator.mediaDevices?.addEventListener('devicechange', () => void renderDevices());
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
}

function wireMeter(): void {
  const bar = byId('level-bar');
  meter.onLevel = (level, silentMs) => {
    const isHeard = teacher.tracks.microphone?.enabled ?? false;
    bar.style.transform = `scaleX(${isHeard ? level : 0})`;
    byId('level').setAttribute('aria-valuenow', String(Math.round(level * 100)));
    show(byId('silent'), isHeard && silentMs > kSilentMs);
  };
}

async function main(): Promise<void> {
  byId<HTMLInputElement>('link').value = new URL(`/watch/${classId}`, location.href).href;
  wireControls();
  wireMeter();
  renderWords();
  teacher.onChange = render;
  window.lectern = { stats: () => teacher.stats() };
  if (!(await redeemTicket('teacher', classId))) return teacher.refuse('token');
  teacher.connect();
  const opened = await openBoth({
    microphone: chosenDevice('microphone'),
    camera: chosenDevice('camera'),
  });
  await take('microphone', opened.microphone);
  await take('camera', opened.camera);
  // A reload in mid-class goes on teaching.
  if (sessionStorage.getItem(teachingKey) !== null) teacher.start();
}

void main();
