// Rows are drawn again only when they are given something new.
import { Component, h, render } from 'preact';

class Row extends Component {
  shouldComponentUpdate({ question }) {
    return question !== this.props.question;
  }

  render({ question: { id, text, votes, isMine }, press }) {
    return h(
      'li',
      { 'data-testid': `question-${id}` },
      h('p', null, text),
      h('i', { style: { width: `${votes}%` } }),
      h('b', null, votes),
      h('button', { type: 'button', 'aria-pressed': isMine, onClick: () => press(id) }, 'Upvote'),
    );
  }
}

export function open(root, press) {
  return (questions) =>
    render(
      questions.map((question) => h(Row, { key: question.id, question, press })),
      root,
    );
}
