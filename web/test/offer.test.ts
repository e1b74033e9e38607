import assert from 'node:assert/strict';
import test from 'node:test';
import { withSoundRepair } from '../src/media_link';

test('Opus gets NACK, once, whatever its number; nothing else changes', () => {
  const offer = 'm=audio 9 X 111 0\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 x\r\na=rtpmap:0 PCMU/8000\r\n';
  assert.equal(
    withSoundRepair(offer),
    offer.replace('48000/2\r\n', '48000/2\r\na=rtcp-fb:111 nack\r\n'),
  );
  assert.equal(withSoundRepair('m=video 9 X 96\r\n'), 'm=video 9 X 96\r\n');
});
