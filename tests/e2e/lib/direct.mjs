// The yardstick: one page sends to another without a server. What stops or delays that is the machine's
// doing, not Lectern's.
import { newWindow } from './browsers.mjs';

async function open(browser, origin) {
  const page = await newWindow(browser);
  await page.goto(`${origin}/`);
  return page;
}

// In the sending page: its camera in small, if it has one, else a lesson of its own.
async function makeOffer({ width, height, fps, maxBitrate }) {
  const pc = (window.directPc = new RTCPeerConnection());
  const camera = window.testClock.camera;
  const track = camera?.getVideoTracks()[0].clone() ?? window.testClock.lesson(width, height, fps).getVideoTracks()[0];
  const scaleResolutionDownBy = camera ? Math.max(1, camera.lessonHeight / height) : 1;
  // One stream, as Lectern's: the receiver keeps picture and sound in step, and the picture waits for
  // the sound where the machine delays it.
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const [sound] = stream.getAudioTracks();
  const sendEncodings = [{ maxBitrate, scaleResolutionDownBy }];
  pc.addTransceiver(track, { direction: 'sendonly', streams: [stream], sendEncodings });
  pc.addTransceiver(sound, { direction: 'sendonly', streams: [stream] });
  await pc.setLocalDescription();
  await window.testClock.gathered(pc);
  return pc.localDescription.sdp;
}

async function makeAnswer(offer) {
  const pc = (window.directPc = new RTCPeerConnection());
  const video = Object.assign(document.createElement('video'), { autoplay: true, width: 640 });
  document.body.append(video);
  video.srcObject = new MediaStream();
  pc.ontrack = ({ track }) => video.srcObject.addTrack(track);
  await pc.setRemoteDescription({ type: 'offer', sdp: offer });
  await pc.setLocalDescription();
  await window.testClock.gathered(pc);
  window.testClock.follow(video);
  return pc.localDescription.sdp;
}

async function takeAnswer(answer) {
  // Full size from the first second, as Lectern asks of the teacher.
  const [, vp8] = /a=rtpmap:(\d+) VP8/.exec(answer);
  const start = `a=rtpmap:${vp8} VP8/90000\r\na=fmtp:${vp8} x-google-start-bitrate=2000\r\n`;
  const sdp = answer.replace(/a=rtpmap:\d+ VP8\/90000\r\n/, start);
  await window.directPc.setRemoteDescription({ type: 'answer', sdp });
}

// Sound that was patched so far, as the pages count it: without what fills silence.
async function patchedMs() {
  for (const entry of (await window.directPc.getStats()).values()) {
    if (entry.type !== 'inbound-rtp' || entry.kind !== 'audio') continue;
    return (entry.concealedSamples - entry.silentConcealedSamples) / 48;
  }
  return 0;
}

function hangUp() {
  for (const sender of window.directPc.getSenders()) sender.track?.stop();
  window.directPc.close();
}

// `sender` sends to a new tab of `browser`. By default it costs little: a small picture, and the sound of
// the fake microphone.
export async function directFrom(sender, browser, origin, options = {}) {
  const { width = 320, height = 180, fps = 15, maxBitrate = 150_000 } = options;
  const receiver = await open(browser, origin);
  const offer = await sender.evaluate(makeOffer, { width, height, fps, maxBitrate });
  await sender.evaluate(takeAnswer, await receiver.evaluate(makeAnswer, offer));
  return {
    summary: () => receiver.evaluate(() => window.testClock.summary()),
    received: () => receiver.evaluate(() => window.testClock.received()),
    frames: () => receiver.evaluate(() => window.testClock.fresh(0)),
    patchedMs: () => receiver.evaluate(patchedMs),
    close: async () => {
      await sender.evaluate(hangUp);
      await receiver.close();
    },
  };
}

// Two tabs of one browser, which have nothing to do with the class.
export async function directTabs(browser, origin, options) {
  return directFrom(await open(browser, origin), browser, origin, options);
}
