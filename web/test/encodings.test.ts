import assert from 'node:assert/strict';
import test from 'node:test';
import { cameraEncodings } from '../src/publish_link';

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
