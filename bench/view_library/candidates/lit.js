import { html, render } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';

export function open(root, press) {
  // A style attribute would be refused by the pages' policy, the property is not.
  const row = ({ id, text, votes, isMine }) => html`
    <li data-testid=${`question-${id}`}>
      <p>${text}</p>
      <i .style=${`width: ${votes}%`}></i>
      <b>${votes}</b>
      <button type="button" aria-pressed=${isMine} @click=${() => press(id)}>Upvote</button>
    </li>
  `;
  return (questions) =>
    render(
      repeat(questions, ({ id }) => id, row),
      root,
    );
}
