// Teachers and students as a test sees them: pages driven by their hooks (docs/testing.md).
import { newWindow } from './browsers.mjs';
import { measureFor, until, untilSteady } from './wait.mjs';

export const hook = (name) => `[data-testid="${name}"]`;

// The media sessions that a page has made, as their Location headers.
function keepLocations(page) {
  const locations = [];
  page.on('response', (response) => {
    if (response.request().method() !== 'POST' || response.status() !== 201) return;
    locations.push(response.headers().location ?? '');
  });
  return locations;
}

function workerOf(locations) {
  const match = /\/w(\d+)-/.exec(locations[locations.length - 1] ?? '');
  return match === null ? null : Number(match[1]);
}

export class Actor {
  constructor(page) {
    this.page = page;
  }

  click(name) {
    return this.page.click(hook(name));
  }

  stats() {
    return this.page.evaluate(() => window.lectern.stats());
  }

  state() {
    return this.page.$eval(hook('state'), (element) => element.dataset.state);
  }

  text(name) {
    return this.page.$eval(hook(name), (element) => element.textContent.trim());
  }

  isShown(name) {
    return this.page.$eval(hook(name), (element) => element.checkVisibility());
  }

  async untilState(wanted, timeoutMs = 10_000) {
    let state = '';
    await until(`${this.constructor.name} ${wanted}`, timeoutMs, async () => {
      state = await this.state();
      return state === wanted;
    }).catch((error) => {
      throw new Error(`${error.message}: it is ${state}. ${this.page.complaints.join('; ')}`);
    });
  }

  close() {
    return this.page.close();
  }
}

export class Teacher extends Actor {
  // Camera: the lesson with its clock; microphone: the browser's fake one.
  static async open(browser, server, name, options = {}) {
    const { width = 640, height = 360, fps = 15, query = '', preload = [] } = options;
    const { isExact = false } = options;
    const fakeCamera = (width, height, fps, isExact) => {
      const devices = navigator.mediaDevices;
      if (!devices) return;
      const real = devices.getUserMedia.bind(devices);
      devices.getUserMedia = async ({ audio, video }) => {
        const stream = audio ? await real({ audio }) : new MediaStream();
        if (video) {
          window.testClock.camera = window.testClock.lesson(width, height, fps, isExact);
          stream.addTrack(window.testClock.camera.getVideoTracks()[0]);
        }
        return stream;
      };
    };
    const page = await newWindow(browser, {
      preload: [[fakeCamera, width, height, fps, isExact], ...preload],
    });
    const locations = keepLocations(page);
    await page.goto(`${server.url}/teach/${name}${query}`);
    const teacher = new Teacher(page);
    teacher.locations = locations;
    await until('the camera preview', 10_000, () =>
      page.$eval(hook('stage'), (e) => e.dataset.layout !== 'none'),
    );
    return teacher;
  }

  static async start(browser, server, name, options) {
    const teacher = await Teacher.open(browser, server, name, options);
    await teacher.click('start');
    await teacher.untilState('live');
    return teacher;
  }

  // Ends the class, and says yes when asked.
  async end() {
    await this.click('stop');
    await this.click('end-confirm');
  }

  // The worker that takes what this teacher sends.
  get worker() {
    return workerOf(this.locations);
  }

  // Waits until all three sizes of the camera are sent.
  async untilSending(count = 3, timeoutMs = 20_000) {
    await until(`${count} encodings are sent`, timeoutMs, async () => {
      const { encodings } = await this.stats();
      const sent = encodings.filter((e) => e.track === 'camera' && e.fps > 0);
      return sent.length >= count;
    });
  }
}

export class Student extends Actor {
  static async open(browser, server, name, options) {
    const page = await newWindow(browser, options);
    const student = new Student(page);
    student.locations = keepLocations(page);
    await page.goto(`${server.url}/watch/${name}`);
    await until('the join button', 5000, () => student.isShown('join'));
    return student;
  }

  static async join(browser, server, name, options) {
    const student = await Student.open(browser, server, name, options);
    await student.join();
    return student;
  }

  async join(timeoutMs = 10_000) {
    await this.click('join');
    await this.untilState('live', timeoutMs);
  }

  untilLayout(layout, timeoutMs = 10_000) {
    return until(`layout ${layout}`, timeoutMs, () =>
      this.page.$eval(hook('stage'), (stage, layout) => stage.dataset.layout === layout, layout),
    );
  }

  // The worker that serves this student now.
  get worker() {
    return workerOf(this.locations);
  }

  follow(video = 'camera-video') {
    return this.page.evaluate((name) => {
      window.testClock.follow(document.querySelector(`[data-testid="${name}"]`));
    }, video);
  }

  summary() {
    return this.page.evaluate(() => window.testClock.summary());
  }

  received() {
    return this.page.evaluate(() => window.testClock.received());
  }

  // Pictures that the teacher drew after `since` (ms of the wall clock).
  fresh(since = 0) {
    return this.page.evaluate((since) => window.testClock.fresh(since), since);
  }

  // Until pictures run. To be called after follow().
  untilSeeing(timeoutMs = 10_000) {
    return until('pictures run', timeoutMs, async () => (await this.fresh()) >= 5);
  }

  // Until the climb to the best rung is over, with its change of size.
  untilSettled(timeoutMs = 30_000) {
    return untilSteady('the rung', 3000, timeoutMs, async () => {
      const { rung, width } = await this.stats();
      return [rung, width];
    });
  }

  // What happens in `ms`: bar codes read, gaps between pictures, sound.
  async observe(ms) {
    await this.summary();
    const before = await this.stats();
    await measureFor(ms);
    const [seen, after] = [await this.summary(), await this.stats()];
    const grown = (name) => after[name] - before[name];
    return {
      ...seen,
      fps: (seen.frames * 1000) / ms,
      longestGap: Math.max(0, ...seen.gaps),
      decoded: grown('frames_decoded'),
      energy: grown('audio_energy'),
      concealedMs: grown('audio_ms_concealed'),
      freezes: grown('freezes'),
      after,
    };
  }
}
