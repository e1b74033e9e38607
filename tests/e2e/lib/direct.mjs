// The yardstick of latency: two tabs of the same browser that talk to each other without a server.
import { newWindow } from './browsers.mjs';

export async function directTabs(browser, server, { width, height, fps, maxBitrate }) {
  const sender = await newWindow(browser);
  const receiver = await newWindow(browser);
  for (const page of [sender, receiver]) await page.goto(`${server.url}/`);
  for (const page of [sender, receiver]) {
    await page.evaluate(() => {
      window.gathered = (pc) =>
        new Promise((resolve) => {
          const check = () => pc.iceGatheringState === 'complete' && resolve();
          pc.addEventListener('icegatheringstatechange', check);
          check();
        });
    });
  }
  const offer = await sender.evaluate(
    async (width, height, fps, maxBitrate) => {
      const pc = (window.pc = new RTCPeerConnection());
      const [track] = window.testClock.lesson(width, height, fps).getVideoTracks();
      pc.addTransceiver(track, { direction: 'sendonly', sendEncodings: [{ maxBitrate }] });
      await pc.setLocalDescription();
      await window.gathered(pc);
      return pc.localDescription.sdp;
    },
    width,
    height,
    fps,
    maxBitrate,
  );
  const answer = await receiver.evaluate(async (offer) => {
    const pc = (window.pc = new RTCPeerConnection());
    const video = document.createElement('video');
    Object.assign(video, { muted: true, autoplay: true, width: 640 });
    document.body.append(video);
    pc.ontrack = ({ track }) => (video.srcObject = new MediaStream([track]));
    await pc.setRemoteDescription({ type: 'offer', sdp: offer });
    await pc.setLocalDescription();
    await window.gathered(pc);
    window.testClock.follow(video);
    return pc.localDescription.sdp;
  }, offer);
  await sender.evaluate(async (answer) => {
    // Full size from the first second, as Lectern asks of the teacher.
    const [, vp8] = /a=rtpmap:(\d+) VP8/.exec(answer);
    const start = `a=rtpmap:${vp8} VP8/90000\r\na=fmtp:${vp8} x-google-start-bitrate=2000\r\n`;
    const sdp = answer.replace(/a=rtpmap:\d+ VP8\/90000\r\n/, start);
    await window.pc.setRemoteDescription({ type: 'answer', sdp });
  }, answer);
  return {
    summary: () => receiver.evaluate(() => window.testClock.summary()),
    close: () => Promise.all([sender.close(), receiver.close()]),
  };
}
