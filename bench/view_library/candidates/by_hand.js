// No library: a map from id to elements, as the statistics of the student's page do it.
export function open(root, press) {
  const rows = new Map();

  function make(id) {
    const li = document.createElement('li');
    li.dataset.testid = `question-${id}`;
    const [text, bar, votes, button] = ['p', 'i', 'b', 'button'].map((tag) =>
      li.appendChild(document.createElement(tag)),
    );
    button.type = 'button';
    button.textContent = 'Upvote';
    button.addEventListener('click', () => press(id));
    return { li, text, bar, votes, button, shown: null };
  }

  function fill(row, question) {
    if (row.shown === question) return;
    row.shown = question;
    row.text.textContent = question.text;
    row.bar.style.width = `${question.votes}%`;
    row.votes.textContent = question.votes;
    row.button.setAttribute('aria-pressed', question.isMine);
  }

  return (questions) => {
    const here = new Set(questions.map(({ id }) => id));
    for (const [id, { li }] of rows) {
      if (here.has(id)) continue;
      li.remove();
      rows.delete(id);
    }
    let next = root.firstChild;
    for (const question of questions) {
      let row = rows.get(question.id);
      if (row === undefined) rows.set(question.id, (row = make(question.id)));
      fill(row, question);
      if (row.li === next) next = next.nextSibling;
      else root.insertBefore(row.li, next);
    }
  };
}
