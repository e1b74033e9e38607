// Real browsers with fake cameras, in small windows: without a GPU every shown pixel costs the class's
// own processors. One window for each actor: a page in a hidden tab sends nothing.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';

const clock = readFileSync(
  path.join(path.dirname(fileURLToPath(import.meta.url)), 'clock.js'),
  'utf8',
);
const kChromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const kFirefox = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
const open = new Set();

// Two seconds of a 440 Hz tone, 16 bit mono, that loops without a click.
function toneFile(folder) {
  const rate = 48_000;
  const samples = new Int16Array(rate * 2);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = 12_000 * Math.sin((2 * Math.PI * 440 * i) / rate);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  [16, 0x00010001, rate, rate * 2, 0x00100002].forEach((n, i) =>
    header.writeUInt32LE(n, 16 + 4 * i),
  );
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  const file = path.join(folder, 'tone.wav');
  writeFileSync(file, Buffer.concat([header, Buffer.from(samples.buffer)]));
  return file;
}

// `flags`: more of Chromium's; `media`: false takes away camera, microphone and their permission;
// `insecure`: any certificate will do; `clockSeconds`: its clock is so much ahead of this machine's.
export async function chromium(options = {}) {
  const { flags = [], media = true, autoplay = true, insecure = false, clockSeconds = 0 } = options;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lectern-chromium-'));
  const fake = [
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream=fps=20',
    `--use-file-for-fake-audio-capture=${toneFile(folder)}`,
  ];
  const browser = await puppeteer.launch({
    browser: 'chrome',
    executablePath: kChromium,
    headless: true,
    env: { ...process.env, ...(clockSeconds === 0 ? {} : wrongClock(clockSeconds, folder)) },
    ignoreDefaultArgs: true,
    protocolTimeout: 60_000,
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...['--remote-debugging-port=0', `--user-data-dir=${folder}`, '--window-size=800,600'],
      ...(autoplay ? ['--autoplay-policy=no-user-gesture-required'] : []),
      ...(media ? fake : []),
      ...(insecure ? ['--ignore-certificate-errors'] : []),
      ...flags,
      'about:blank',
    ],
  });
  return remember(browser, folder);
}

// For a process whose wall clock is wrong; the clocks by which it measures stay right.
function wrongClock(seconds, folder) {
  const library = path.join(folder, 'wrong_clock.so');
  const source = fileURLToPath(new URL('wrong_clock.c', import.meta.url));
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source]);
  return { LD_PRELOAD: library, WRONG_CLOCK: String(seconds) };
}

// A sound card that nobody hears. Firefox plays WebAudio only where there is one.
function startSoundCard() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lectern-sound-'));
  const socket = path.join(folder, 'native');
  const card = spawn(
    'pulseaudio',
    [
      ...['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--disable-shm'],
      '--load=module-null-sink rate=48000',
      `--load=module-native-protocol-unix socket=${socket} auth-anonymous=1`,
    ],
    { stdio: 'ignore', env: { ...process.env, HOME: folder, PULSE_RUNTIME_PATH: folder } },
  );
  return { env: { PULSE_SERVER: `unix:${socket}` }, folder, end: () => card.kill() };
}

// `autoplay`: false makes it want a tap before sound, as it does out of the box. `hasSoundCard`: for
// tests that listen with WebAudio.
export async function firefox(options = {}) {
  const { insecure = false, autoplay = true, hasSoundCard = false, prefs = {} } = options;
  const card = hasSoundCard ? startSoundCard() : null;
  const browser = await puppeteer.launch({
    env: { ...process.env, ...card?.env },
    browser: 'firefox',
    executablePath: kFirefox,
    headless: true,
    args: ['--width=800', '--height=600'],
    acceptInsecureCerts: insecure,
    protocolTimeout: 60_000,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': autoplay ? 0 : 1,
      'app.update.enabled': false,
      'network.captive-portal-service.enabled': false,
      ...prefs,
    },
  });
  return remember(browser, card?.folder ?? null, card?.end);
}

function remember(browser, folder, end = () => {}) {
  open.add(browser);
  browser.lectern = { folder, end };
  return browser;
}

export async function close(browser) {
  if (!open.delete(browser)) return;
  await browser.close().catch(() => {});
  const { folder, end } = browser.lectern;
  end();
  if (folder !== null) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

export async function closeAll() {
  await Promise.all([...open].map(close));
}

// A visible window with the clock in it. Its page errors and console errors are kept in
// `page.complaints`.
export async function newWindow(browser, { language = 'en', preload = [] } = {}) {
  const page = await browser.newPage({ type: 'window' });
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') page.complaints.push(message.text());
  });
  await page.evaluateOnNewDocument(clock);
  await page.evaluateOnNewDocument((language) => {
    try {
      localStorage.setItem('lectern.language', language);
    } catch {
      // about:blank has no storage.
    }
  }, language);
  for (const script of preload) await page.evaluateOnNewDocument(...script);
  return page;
}
