// Written as Solid's compiler would write it, so that the measurement needs no compiler.
import { createRenderEffect, For } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import {
  createComponent,
  delegateEvents,
  insert,
  render,
  setAttribute,
  template,
} from 'solid-js/web';

const makeRow = template('<li><p></p><i></i><b></b><button type=button>Upvote');

export function open(root, press) {
  const [state, setState] = createStore({ questions: [] });
  delegateEvents(['click']);
  const row = (question) => {
    const li = makeRow();
    const [text, bar, votes, button] = li.children;
    setAttribute(li, 'data-testid', `question-${question.id}`);
    insert(text, () => question.text);
    insert(votes, () => question.votes);
    button.$$click = () => press(question.id);
    createRenderEffect(() => bar.style.setProperty('width', `${question.votes}%`));
    createRenderEffect(() => setAttribute(button, 'aria-pressed', question.isMine));
    return li;
  };
  const list = () =>
    createComponent(For, {
      get each() {
        return state.questions;
      },
      children: row,
    });
  render(list, root);
  // The store writes into what it is given.
  return (questions) =>
    setState('questions', reconcile(questions.map((question) => ({ ...question }))));
}
