// /teach/{class}: the teacher's page.

import { at, classInAddress } from './base/address';
import { Capture, kDevices } from './class/capture';
import { readCodecs } from './link/codecs';
import { canShareScreen, listDevices, openBoth, openDevice, openScreen } from './class/devices';
import { byId, setText, show } from './base/dom';
import { Translator } from './base/i18n';
import { claimIdentity } from './base/identity';
import { LevelMeter } from './class/level_meter';
import type { VideoCodec } from './link/media_link';
import { renew } from './link/renewal';
import { RoomDoor } from './room_door';
import { isTeachNoticed, teachToneOf } from './class/teach_state';
import { renderAudience, renderChoices, renderFaults, renderSending } from './class/teach_view';
import { Teacher } from './class/teacher';
import { redeemTicket } from './link/ticket';
import { kTeachWords, type TeachWord } from './class/words_teach';

declare global {
  interface Window {
    lectern?: { stats(): Record<string, unknown> };
  }
}

const kSilentMs = 8000;
const kCopiedMs = 2000;

const classId = classInAddress();
const teachingKey = `lectern.teaching.${classId}`;
const words = new Translator<TeachWord>(kTeachWords);
const meter = new LevelMeter();
const room = new RoomDoor();
const teacher = new Teacher(classId, wantedCodec());
const capture = new Capture(classId, teacher, { openDevice, openBoth, openScreen, listDevices });

function wantedCodec(): VideoCodec {
  const asked = new URL(location.href).searchParams.get('codec');
  return (asked ?? localStorage.getItem('lectern.codec')) === 'h264' ? 'h264' : 'vp8';
}

// ---- rendering

function renderState(): void {
  const { state } = teacher;
  if (state === 'refused-version') renew();
  if (state === 'live') room.open(words.language, (kind) => teacher.react(kind));
  const pill = byId('state');
  setText(pill, words.text(state));
  pill.dataset.state = state;
  pill.dataset.tone = teachToneOf(state);
  // Whoever was replaced does not take the class back by being loaded again [P46].
  if (state === 'refused-replaced') sessionStorage.removeItem(teachingKey);
  document.body.dataset.phase = teacher.isStarted ? 'live' : 'lobby';
  show(byId('start'), !teacher.isStarted);
  show(byId('stop'), teacher.isStarted);
  const isNotice = isTeachNoticed(state);
  show(byId('notice'), isNotice);
  if (isNotice) {
    setText(byId('notice-title'), words.text(state));
    setText(byId('notice-text'), words.text(`${state}Text`, teacher.said));
  }
  const canRetry = state === 'refused-conflict' || state === 'refused-replaced';
  show(byId('again'), canRetry);
  setText(byId('again'), words.text(state === 'refused-replaced' ? 'teachHere' : 'tryAgain'));
}

function renderTracks(): void {
  const { camera, screen } = teacher.tracks;
  const layout = camera && screen ? 'both' : camera ? 'camera' : screen ? 'screen' : 'none';
  byId('stage').dataset.layout = layout;
  const isHeard = capture.isOn('microphone');
  byId('microphone').setAttribute('aria-pressed', String(isHeard));
  byId('microphone-icon').setAttribute('href', isHeard ? '#i-mic' : '#i-mic-off');
  byId('camera-toggle').setAttribute('aria-pressed', String(camera !== null));
  byId('camera-icon').setAttribute('href', camera !== null ? '#i-cam' : '#i-cam-off');
  byId('share').setAttribute('aria-pressed', String(screen !== null));
  setText(byId('share-text'), words.text(screen !== null ? 'shareStop' : 'share'));
}

async function renderDevices(): Promise<void> {
  for (const kind of kDevices) {
    const inUse = teacher.tracks[kind]?.getSettings().deviceId;
    renderChoices(words, kind, await listDevices(kind), inUse ?? capture.chosen(kind));
  }
}

function render(): void {
  renderState();
  renderTracks();
  renderFaults(words, capture.faults, teacher.unusable);
  renderAudience(words, teacher.audience);
  renderSending(words, teacher.sending);
}

function renderWords(): void {
  words.apply();
  document.title = words.text('title', { class: classId });
  setText(byId('class-name'), classId);
  byId('class-name').title = classId;
  setText(byId('language'), words.text('language'));
  byId('language').lang = words.language === 'id' ? 'en' : 'id';
  void renderDevices();
  render();
}

// ---- devices

function preview(id: 'camera' | 'screen', track: MediaStreamTrack | null): void {
  const video = byId<HTMLVideoElement>(id);
  video.srcObject = track === null ? null : new MediaStream([track]);
}

capture.onTrack = (kind, track) => {
  if (kind === 'microphone') meter.attach(track);
  else preview(kind, track);
};
capture.onChange = () => {
  void renderDevices();
  render();
};

// ---- the class

function start(): void {
  sessionStorage.setItem(teachingKey, '1');
  teacher.start();
  byId('stop').focus(); // it stands where the pressed button was
}

function stop(): void {
  sessionStorage.removeItem(teachingKey);
  teacher.stop();
  byId('start').focus();
}

// A class that ends is over for everybody in it: asked once. (Focus goes back by the dialog itself.)
function askToStop(): void {
  byId<HTMLDialogElement>('end').showModal();
}

async function copyLink(): Promise<void> {
  const link = byId<HTMLInputElement>('link');
  link.select();
  // Plain http has no clipboard object.
  await (navigator.clipboard?.writeText(link.value) ?? Promise.reject()).catch(() =>
    document.execCommand('copy'),
  );
  setText(byId('copy'), words.text('copied'));
  setTimeout(() => setText(byId('copy'), words.text('copy')), kCopiedMs);
}

function wireControls(): void {
  const onClick = (id: string, action: () => unknown) => {
    byId(id).addEventListener('click', () => void action());
  };
  onClick('start', start);
  onClick('again', start);
  onClick('stop', askToStop);
  onClick('end-confirm', () => {
    byId<HTMLDialogElement>('end').close();
    stop();
  });
  onClick('end-cancel', () => byId<HTMLDialogElement>('end').close());
  onClick('microphone', () => capture.toggle('microphone'));
  onClick('camera-toggle', () => capture.toggle('camera'));
  onClick('share', () => capture.toggleScreen(canShareScreen));
  onClick('copy', copyLink);
  onClick('language', () => {
    words.switchTo(words.language === 'id' ? 'en' : 'id');
    room.setLanguage(words.language);
    renderWords();
  });
  for (const kind of kDevices) {
    const select = byId<HTMLSelectElement>(`${kind}-choice`);
    select.addEventListener('change', () => void capture.choose(kind, select.value));
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
  navigator.mediaDevices?.addEventListener('devicechange', () => void capture.devicesChanged());
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
}

function wireMeter(): void {
  const bar = byId('level-bar');
  meter.onLevel = (level, silentMs) => {
    const isHeard = capture.isOn('microphone');
    bar.style.transform = `scaleX(${isHeard ? level : 0})`;
    byId('level').setAttribute('aria-valuenow', String(Math.round(level * 100)));
    show(byId('silent'), isHeard && silentMs > kSilentMs);
  };
}

async function main(): Promise<void> {
  byId<HTMLInputElement>('link').value = at(`watch/${classId}`).href;
  wireControls();
  wireMeter();
  renderWords();
  teacher.onChange = render;
  teacher.onRoom = (message) => room.onMessage(message);
  teacher.onRemark = (said) => room.remark(said);
  window.lectern = { stats: () => ({ ...teacher.stats(), ...capture.stats() }) };
  const wasHere = await claimIdentity();
  // The browser's question need not wait for the server.
  const captured = capture.begin();
  const isAdmitted = await redeemTicket(teacher.seat, teacher.patience, () =>
    teacher.onWait('busy'),
  );
  if (!isAdmitted) return teacher.refuse('token');
  teacher.admit();
  await captured;
  // A reload in mid-class goes on teaching, with what was on.
  if (wasHere && sessionStorage.getItem(teachingKey) !== null) teacher.start(true);
}

void main();
