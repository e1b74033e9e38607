// Put into every page under test, before its own scripts. A clock as a bar code in the top tenth of
// the picture: 26 bits of wall-clock milliseconds and 6 bits of checksum, black and white cells that
// survive any codec down to 160 x 90.
(() => {
  const kCells = 32;
  const kBits = 26;
  const kModulus = 2 ** kBits;
  const wall = () => performance.timeOrigin + performance.now();

  function checksum(value) {
    let sum = 0;
    for (let i = 0; i < kBits; i++) if ((value >>> i) & 1) sum = (sum * 3 + i + 1) & 63;
    return sum;
  }

  function drawBars(context, width, height) {
    const value = Math.floor(wall()) % kModulus;
    const sum = checksum(value);
    const cell = width / kCells;
    context.fillStyle = '#000';
    context.fillRect(0, 0, width, height / 10);
    context.fillStyle = '#fff';
    for (let i = 0; i < kCells; i++) {
      const bit = i < kBits ? (value >>> i) & 1 : (sum >>> (i - kBits)) & 1;
      if (bit) context.fillRect(i * cell, 0, cell, height / 10);
    }
  }

  // A lesson: text that stays, a ball that moves, and the clock. Driven by a worker's timer, which
  // no browser slows down.
  //
  // `isExact` (Chromium): each picture carries the time at which it was drawn. Without it the first one
  // is as old as the canvas, and Chromium takes its delay off all that follow (TimestampAligner), in
  // what it reports and so between its lips too: up to 150 ms on a busy machine.
  function lesson(width, height, fps, isExact = false) {
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d');
    const board = document.createElement('canvas');
    board.width = width;
    board.height = height;
    const chalk = board.getContext('2d');
    chalk.fillStyle = '#1d3b33';
    chalk.fillRect(0, 0, width, height);
    chalk.fillStyle = '#e6e6dc';
    chalk.font = `${height / 16}px sans-serif`;
    const lines = ['Pythagoras', 'a² + b² = c²', '3² + 4² = 5²', '5² + 12² = 13²'];
    lines.forEach((line, i) => chalk.fillText(line, width * 0.06, height * (0.25 + i * 0.13)));
    let n = 0;
    const track = isExact ? new MediaStreamTrackGenerator({ kind: 'video' }) : null;
    const writer = track?.writable.getWriter();
    const paint = () => {
      context.drawImage(board, 0, 0);
      const t = n++ / fps;
      context.fillStyle = '#f6c453';
      context.beginPath();
      const x = width * (0.68 + 0.2 * Math.cos(t));
      context.arc(x, height * (0.58 + 0.25 * Math.sin(t * 1.3)), height * 0.1, 0, 7);
      context.fill();
      drawBars(context, width, height);
      void writer?.write(new VideoFrame(canvas, { timestamp: performance.now() * 1000 }));
    };
    paint();
    const source = `setInterval(() => postMessage(0), ${1000 / fps})`;
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
    worker.onmessage = paint;
    const stream = track === null ? canvas.captureStream(fps) : new MediaStream([track]);
    return Object.assign(stream, { lessonHeight: height });
  }

  let reader = null;
  function readBars(video) {
    const { videoWidth: width, videoHeight: height } = video;
    if (!width) return null;
    reader ??= Object.assign(document.createElement('canvas'), {
      width: kCells * 4,
      height: 4,
    }).getContext('2d', { willReadFrequently: true });
    reader.drawImage(video, 0, height * 0.03, width, height * 0.04, 0, 0, kCells * 4, 4);
    const { data } = reader.getImageData(0, 2, kCells * 4, 1);
    let value = 0;
    let sum = 0;
    for (let i = 0; i < kCells; i++) {
      const light = (data[(i * 4 + 1) * 4 + 1] + data[(i * 4 + 2) * 4 + 1]) / 2;
      if (light <= 128) continue;
      if (i < kBits) value += 2 ** i;
      else sum |= 1 << (i - kBits);
    }
    return checksum(value) === sum ? value : -1;
  }

  // Age of a clock value in ms.
  function ageOf(value) {
    let age = (Math.floor(wall()) % kModulus) - value;
    if (age < -kModulus / 2) age += kModulus;
    return age;
  }

  // Reads every frame that `video` shows; `seen` is emptied by summary().
  // `glassAges` are of the moment at which the browser expects the picture on the screen: a busy page
  // hears of it up to 50 ms later.
  let seen = { ages: [], glassAges: [], births: [], times: [], widths: [], bad: 0 };
  const followed = new WeakSet();
  function follow(video) {
    if (followed.has(video)) return;
    followed.add(video);
    const onFrame = (now, { expectedDisplayTime }) => {
      const value = readBars(video);
      if (value === null || value < 0) seen.bad++;
      else {
        const age = ageOf(value);
        seen.ages.push(age);
        seen.glassAges.push(age + expectedDisplayTime - performance.now());
        seen.births.push(wall() - age);
      }
      seen.times.push(now);
      seen.widths.push(video.videoWidth);
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  }

  function summary() {
    const { ages, glassAges, times, widths, bad } = seen;
    const last = times.slice(-1);
    seen = { ages: [], glassAges: [], births: [], times: last, widths: [], bad: 0 };
    const gaps = times.slice(1).map((time, i) => time - times[i]);
    // By the clock of all pages, so that two of them can be compared.
    const shown = times.map((time) => performance.timeOrigin + time);
    return { ages, glassAges, gaps, shown, bad, frames: gaps.length, width: widths[widths.length - 1] ?? 0 };
  }

  // For each picture from now on: `read()` (ms since 1970) minus when the picture was drawn.
  const compared = [];
  function compare(read) {
    const video = document.querySelector('[data-testid="camera-video"]');
    video.requestVideoFrameCallback((now, { expectedDisplayTime }) => {
      const value = readBars(video);
      const shownIn = expectedDisplayTime - performance.now();
      const class_time = read();
      if (value !== null && value >= 0 && class_time !== null) {
        compared.push(class_time + shownIn - (wall() - ageOf(value)));
      }
      compare(read);
    });
  }

  // Pictures since the last summary that were drawn after `since` and shown within a second.
  const fresh = (since) =>
    seen.births.filter((birth, i) => birth > since && seen.ages[i] < 1000).length;

  // The peer connections of this page, so that a test can ask the browser what it measured.
  const peers = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      peers.push(this);
    }
  };

  const gathered = (pc) =>
    new Promise((resolve) => {
      const check = () => pc.iceGatheringState === 'complete' && resolve();
      pc.addEventListener('icegatheringstatechange', check);
      check();
    });

  // What this browser measured of what it receives: how long all pictures so far waited in its buffer
  // (ms) and how many they were, and how unevenly sound and pictures arrive (RFC 3550 §6.4.1, ms).
  async function received() {
    const sum = { waitedMs: 0, pictures: 0, jitterMs: 0 };
    for (const peer of peers) {
      for (const entry of (await peer.getStats()).values()) {
        if (entry.type !== 'inbound-rtp') continue;
        sum.jitterMs = Math.max(sum.jitterMs, 1000 * entry.jitter);
        if (entry.kind !== 'video') continue;
        sum.waitedMs += 1000 * entry.jitterBufferDelay;
        sum.pictures += entry.jitterBufferEmittedCount;
      }
    }
    return sum;
  }

  // `camera`: of a teacher's page, the stream that it takes for one.
  window.testClock = { wall, readBars, received, gathered, lesson, follow, summary, fresh, camera: null, compare, compared };
})();
