// Real browsers with fake cameras, in small windows: without a GPU every shown pixel costs the class's
// own processors. One window for each actor: a page in a hidden tab sends nothing.
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
// `insecure`: any certificate will do.
export async function chromium(options = {}) {
  const { flags = [], media = true, autoplay = true, insecure = false } = options;
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

// `autoplay`: false makes it want a tap before sound, as it does out of the box.
export async function firefox({ insecure = false, autoplay = true, prefs = {} } = {}) {
  const browser = await puppeteer.launch({
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
  return remember(browser, null);
}

function remember(browser, folder) {
  open.add(browser);
  browser.lectern = { folder };
  return browser;
}

export async function close(browser) {
  if (!open.delete(browser)) return;
  await browser.close().catch(() => {});
  const { folder } = browser.lectern;
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
