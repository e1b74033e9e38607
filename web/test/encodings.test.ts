import assert from 'node:assert/strict';
import test from 'node:test';
import { cameraEncodings } from '../src/link/publish_link';

function heights(camera: number): number[] {
  return cameraEncodings(camera)
    .filter((encoding) => encoding.active)
    .map((encoding) => camera / (encoding.scaleResolutionDownBy ?? 1));
}

test('a camera is sent in its full size and up to two smaller ones, smallest first', () => {
  assert.deepEqual(heights(720), [180, 360, 720]);
  assert.deepEqual(heights(1080), [270, 540, 1080]);
  assert.deepEqual(heights(540), [135, 270, 540]);
  assert.deepEqual(heights(480), [240, 480]);
  assert.deepEqual(heights(360), [180, 360]);
  assert.deepEqual(heights(240), [240]);
});

test('the rids are always the same three', () => {
  for (const height of [180, 360, 720]) {
    assert.deepEqual(
      cameraEncodings(height).map((encoding) => encoding.rid),
      ['l', 'm', 'h'],
    );
  }
});

test('what the server does not need rests, and a small camera is not made larger by need', () => {
  const active = (height: number, needed: string[]) =>
    cameraEncodings(height, needed)
      .filter((encoding) => encoding.active)
      .map((encoding) => encoding.rid);
  assert.deepEqual(active(720, ['l']), ['l']);
  assert.deepEqual(active(720, ['l', 'h']), ['l', 'h']);
  assert.deepEqual(active(360, ['l', 'm', 'h']), ['l', 'm']);
  const [low] = cameraEncodings(720, ['l']);
  assert.equal(low?.scaleResolutionDownBy, 4, 'its size does not depend on the others');
});
