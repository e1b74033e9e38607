// /watch/{class}: the student's page.

import { classInAddress } from './base/address';
import { byId, setText, show } from './base/dom';
import { bitRate, decimal, megabytes, milliseconds, percent, rungName } from './base/format';
import { Translator } from './base/i18n';
import { claimIdentity } from './base/identity';
import { renew } from './link/renewal';
import { RoomDoor } from './room_door';
import { Stage } from './class/stage';
import { StatsPanel } from './class/stats_panel';
import { redeemTicket } from './link/ticket';
import { Viewer, type Picture } from './class/viewer';
import { isNoticed, toneOf } from './class/watch_state';
import { kWatchWords, type WatchWord } from './class/words_watch';

declare global {
  interface Window {
    lectern?: { stats(): Record<string, unknown> };
  }
}

const classId = classInAddress();
const words = new Translator<WatchWord>(kWatchWords);
const camera = byId<HTMLVideoElement>('camera');
const screen = byId<HTMLVideoElement>('screen');
const stage = new Stage(byId('stage'), camera, screen);
const viewer = new Viewer(classId, stage);
const panel = new StatsPanel(byId('stats-list'));
const room = new RoomDoor();
const kClockHost = {
  link: () => viewer.link,
  hasMicrophone: () => viewer.hasMicrophone,
  videos: { camera, screen },
};
const kIdleMs = 3000;
const kLimitKey = 'lectern.limit';
// The browser has refused to play without a tap, after a reload.
let needsTap = false;
const joinedKey = `lectern.joined.${classId}`;

// The card in place of a picture, by why there is none.
const kBlankWords: Partial<Record<Picture, WatchWord>> = {
  off: 'blankOff',
  limited: 'blankLimited',
  link: 'blankLink',
  codec: 'blankCodec',
};

function posterWord(): WatchWord {
  if (needsTap) return 'posterSound';
  switch (viewer.teacher) {
    case 'live':
      return 'posterLive';
    case 'away':
      return 'posterAway';
    case 'absent':
      return 'posterAbsent';
    default:
      return 'poster';
  }
}

function renderState(): void {
  const { state } = viewer;
  if (state === 'refused-version') renew();
  if (state === 'live') room.open(words.language, (kind) => viewer.react(kind), kClockHost);
  const pill = byId('state');
  const picture = state === 'live' ? viewer.picture() : null;
  const isStanding = picture === 'standing';
  setText(pill, words.text(isStanding ? 'liveStanding' : state));
  pill.dataset.state = state;
  pill.dataset.tone = isStanding ? 'warn' : toneOf(state);
  const isPoster = state === 'ready';
  show(byId('poster'), isPoster);
  show(byId('controls'), viewer.isJoined);
  if (isPoster) setText(byId('poster-text'), words.text(posterWord()));
  const isNotice = isNoticed(state);
  show(byId('notice'), isNotice);
  if (isNotice) {
    setText(byId('notice-title'), words.text(state));
    setText(byId('notice-text'), words.text(`${state}Text`, viewer.said));
  }
  show(byId('again'), state.startsWith('refused-'));
  show(byId('resume'), state === 'paused');
  const blank = picture === null ? undefined : kBlankWords[picture];
  setText(byId('blank-text'), blank === undefined ? '' : words.text(blank));
  const hint = isStanding || (picture === 'coming' && viewer.isPictureLate) ? picture : null;
  setText(byId('hint'), hint === null ? '' : words.text(hint));
}

function freezesText(): string {
  const n = viewer.visit.freezeCount();
  const word = n === 0 ? 'freezesNone' : n === 1 ? 'freezesOne' : 'freezes';
  return words.text(word, { n, s: decimal(viewer.visit.freezeSeconds(), 1, words.language) });
}

function renderStats(): void {
  const { language } = words;
  const { visit, reason } = viewer;
  const rung = viewer.shownRung();
  const rungText = rung === null ? '–' : rungName(rung, (word) => words.text(word));
  setText(byId('rung'), viewer.isJoined && rung !== null && rung !== 'none' ? rungText : '');
  if (byId('stats').hidden) return;
  const { height = 0, width, fps = 0, codec, rttMs = null } = visit.latest ?? {};
  const picture =
    height > 0 ? `${width} × ${height}, ${decimal(fps, 0, language)}/s, ${codec}` : '–';
  const why = `reason-${reason}`;
  const row = (id: string, word: WatchWord, value: string) =>
    panel.set(id, words.text(word), value);
  row('rung', 'statRung', rungText);
  row('reason', 'statReason', why in kWatchWords.en ? words.text(why as WatchWord) : '–');
  row('picture', 'statPicture', picture);
  row('bytes', 'statBytes', megabytes(visit.total('wire_bytes'), language));
  row('rate', 'statRate', bitRate(visit.bitRate, language));
  row('rtt', 'statRtt', milliseconds(rttMs, language));
  row('loss', 'statLoss', percent(visit.loss(), language));
  row('freezes', 'statFreezes', freezesText());
  row('concealed', 'statConcealed', milliseconds(visit.concealedMs(), language));
  row('latency', 'statLatency', milliseconds(visit.latencyMs, language));
  row('join', 'statJoin', milliseconds(visit.joinMs, language));
}

function renderSound(): void {
  const isMuted = camera.muted || camera.volume === 0;
  byId('mute').setAttribute('aria-pressed', String(isMuted));
  byId('mute-icon').setAttribute('href', isMuted ? '#i-muted' : '#i-sound');
}

function renderWords(): void {
  words.apply();
  document.title = words.text('title', { class: classId });
  setText(byId('class-name'), classId);
  byId('class-name').title = classId;
  setText(byId('poster-class'), classId);
  setText(byId('language'), words.text('language'));
  byId('language').lang = words.language === 'id' ? 'en' : 'id';
  renderState();
  renderSound();
  renderStats();
}

// Keeps a phone from going dark in mid-sentence. Lost whenever the page is hidden.
function keepAwake(): void {
  if (document.visibilityState !== 'visible' || !viewer.isJoined) return;
  navigator.wakeLock?.request('screen').catch(() => {}); // refused on a low battery
}

function join(): void {
  needsTap = false;
  sessionStorage.setItem(joinedKey, '1');
  viewer.join();
  keepAwake();
  byId('mute').focus();
}

// After a reload the student is still in class, if the browser plays sound without a new tap.
async function rejoin(): Promise<void> {
  if (document.readyState !== 'complete') {
    await new Promise((resolve) => addEventListener('load', resolve, { once: true }));
  }
  viewer.join();
  await stage.play().catch((error: unknown) => {
    if (!(error instanceof DOMException && error.name === 'NotAllowedError')) return;
    needsTap = true;
    viewer.leave();
  });
}

function toggleFullscreen(): void {
  const video = screen as HTMLVideoElement & { webkitEnterFullscreen?: () => void };
  if (document.fullscreenElement !== null) void document.exitFullscreen();
  else if (document.documentElement.requestFullscreen) {
    void document.documentElement.requestFullscreen().catch(() => {});
  } else {
    // iPhones give the whole screen to a video only.
    const target = byId('stage').dataset.layout === 'camera' ? camera : video;
    (target as typeof video).webkitEnterFullscreen?.();
  }
}

// In full screen the controls leave when the hand rests.
function wireIdle(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const awake = () => {
    clearTimeout(timer);
    document.body.classList.remove('idle');
    timer = setTimeout(() => document.body.classList.add('idle'), kIdleMs);
  };
  for (const name of ['pointermove', 'pointerdown', 'keydown']) addEventListener(name, awake);
}

function wireControls(): void {
  byId('poster').addEventListener('click', join); // all of it: the button is only the invitation
  byId('resume').addEventListener('click', () => {
    stage.resume();
    byId('mute').focus();
  });
  byId('again').addEventListener('click', () => location.reload());
  byId('language').addEventListener('click', () => {
    words.switchTo(words.language === 'id' ? 'en' : 'id');
    room.setLanguage(words.language);
    renderWords();
  });
  byId('mute').addEventListener('click', () => {
    camera.muted = !camera.muted;
    if (!camera.muted && camera.volume === 0) camera.volume = 1;
  });
  const volume = byId<HTMLInputElement>('volume');
  volume.addEventListener('input', () => {
    camera.volume = Number(volume.value) / 100;
    camera.muted = false;
  });
  camera.addEventListener('volumechange', renderSound);
  const limit = byId<HTMLSelectElement>('limit');
  const applyLimit = () => viewer.limit(limit.value === '' ? null : limit.value);
  limit.addEventListener('change', () => {
    sessionStorage.setItem(kLimitKey, limit.value);
    applyLimit();
  });
  limit.value = sessionStorage.getItem(kLimitKey) ?? '';
  if (limit.value !== '') applyLimit();
  byId('fullscreen').addEventListener('click', toggleFullscreen);
  const statsButton = byId('stats-button');
  const toggleStats = (isOpen: boolean) => {
    show(byId('stats'), isOpen);
    statsButton.setAttribute('aria-expanded', String(isOpen));
    renderStats();
  };
  statsButton.addEventListener('click', () => toggleStats(byId('stats').hidden !== false));
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') toggleStats(false);
  });
  document.addEventListener('visibilitychange', () => {
    keepAwake();
    // What a phone paused while the page was hidden may well play again now.
    if (document.visibilityState === 'visible' && viewer.isJoined) stage.resume();
  });
  // A page out of the back-forward cache has lost its connections: begin anew.
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
}

async function main(): Promise<void> {
  wireControls();
  wireIdle();
  renderWords();
  const render = () => {
    viewer.visit.latencyMs = room.clock?.latencyMs() ?? null;
    renderState();
    renderStats();
  };
  viewer.onChange = render;
  viewer.onRoom = (message) => room.onMessage(message);
  viewer.onRemark = (said) => room.remark(said);
  setInterval(render, 1000);
  window.lectern = {
    stats: () => ({ ...viewer.stats(), class_time: room.clock?.heardNow() ?? null }),
  };
  if (typeof RTCPeerConnection === 'undefined') return viewer.refuse('unsupported');
  const wasHere = await claimIdentity();
  const isAdmitted = await redeemTicket(viewer.seat, viewer.patience, () => viewer.onWait('busy'));
  if (!isAdmitted) return viewer.refuse('token');
  viewer.admit();
  if (wasHere && sessionStorage.getItem(joinedKey) !== null) await rejoin();
}

void main();
