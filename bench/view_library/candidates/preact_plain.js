import { h, render } from 'preact';

export function open(root, press) {
  const Row = ({ question: { id, text, votes, isMine } }) =>
    h(
      'li',
      { 'data-testid': `question-${id}` },
      h('p', null, text),
      h('i', { style: { width: `${votes}%` } }),
      h('b', null, votes),
      h('button', { type: 'button', 'aria-pressed': isMine, onClick: () => press(id) }, 'Upvote'),
    );
  return (questions) =>
    render(
      questions.map((question) => h(Row, { key: question.id, question })),
      root,
    );
}
