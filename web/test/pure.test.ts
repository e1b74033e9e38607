import { setDocument, type FakeElement } from './fake_document';
import assert from 'node:assert/strict';
import test from 'node:test';
import { h, render, type ContainerNode } from 'preact';
import { pure } from '../src/view/pure';

test('a row is drawn again when a property changes, comes or goes, and only then', () => {
  const root = setDocument(['list']).get('list') as FakeElement;
  const drawn: string[] = [];
  const Row = pure(({ text, mark }: { text: string; mark?: string }) => {
    drawn.push(text + (mark ?? ''));
    return text;
  });
  const show = (properties: { text: string; mark?: string }) =>
    render(h(Row, properties), root as unknown as ContainerNode);
  show({ text: 'a' });
  show({ text: 'a' });
  show({ text: 'b' });
  show({ text: 'b', mark: '!' });
  show({ text: 'b', mark: '!' });
  show({ text: 'b' });
  assert.deepEqual(drawn, ['a', 'b', 'b!', 'b']);
  assert.equal(root.textContent, 'b');
});
