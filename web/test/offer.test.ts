import assert from 'node:assert/strict';
import test from 'node:test';
import { withGcmAlone, withSoundRepair, withoutStrays } from '../src/link/offer_text';

test('Opus gets NACK, once, whatever its number; nothing else changes', () => {
  const offer =
    'm=audio 9 X 111 0\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 x\r\na=rtpmap:0 PCMU/8000\r\n';
  assert.equal(
    withSoundRepair(offer),
    offer.replace('48000/2\r\n', '48000/2\r\na=rtcp-fb:111 nack\r\n'),
  );
  assert.equal(withSoundRepair('m=video 9 X 96\r\n'), 'm=video 9 X 96\r\n');
});

test('[P52] GCM is asked for once, before the first media section', () => {
  assert.equal(
    withGcmAlone('v=0\r\nt=0 0\r\nm=audio 9 X 111\r\nm=video 9 X 96\r\n'),
    'v=0\r\nt=0 0\r\na=x-lectern-srtp:gcm\r\nm=audio 9 X 111\r\nm=video 9 X 96\r\n',
  );
});

test('feedback that the server never uses is not offered', () => {
  const video = 'm=video 9 X 96\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n';
  const unused = 'a=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 ccm fir\r\n';
  assert.equal(withoutStrays(video + unused), video);
});

test('attributes of payload types that the m-line does not offer go away', () => {
  const head = 'v=0\r\na=group:BUNDLE 0 1\r\n';
  const audio = 'm=audio 9 X 109\r\na=rtpmap:109 opus/48000/2\r\na=mid:0\r\n';
  const video = 'm=video 9 X 120 124\r\na=fmtp:124 apt=120\r\na=rtcp-fb:120 nack pli\r\n';
  const strays = 'a=rtcp-fb:121 nack\r\na=fmtp:109 x=1\r\na=rtpmap:99 AV1/90000\r\n';
  assert.equal(withoutStrays(head + audio + video + strays), head + audio + video);
});
