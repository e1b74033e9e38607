// Runs in the browser: draws a list by one candidate, changes it and says what that took and what
// became of the elements.

const kRows = 200;
const kRepeats = 11;
const kFirst = 'first draw';

// The same list and the same shuffle for every candidate.
const chance = (i) => ((i * 2654435761) >>> 0) / 2 ** 32;
const question = (id) => ({
  id,
  text: `Question ${id}: why is that so, ${'and what follows '.repeat(1 + (id % 4))}?`,
  votes: id % 100,
  isMine: id % 7 === 0,
});
const before = Array.from({ length: kRows }, (_, i) => question(i + 1));

function moved(from, to) {
  const rows = [...before];
  rows.splice(to, 0, ...rows.splice(from, 1));
  return rows;
}

const voted = { ...before[100], votes: 99 };
const after = {
  nothing: [...before],
  'one row changed': before.map((row, i) => (i === 100 ? voted : row)),
  'ten rows changed': before.map((row, i) => (i % 20 === 0 ? { ...row, votes: 98 } : row)),
  'one added on top': [question(kRows + 1), ...before],
  'one moved up': moved(150, 10),
  'one moved down': moved(10, 150),
  'first moved to the end': moved(0, kRows - 1),
  'the focused one moved up': moved(100, 10),
  shuffled: [...before].sort((a, b) => chance(a.id) - chance(b.id)),
};

// The lower quartile: what else the machine does only ever adds.
const quartile = (values) => values.sort((a, b) => a - b)[values.length >> 2];

function freshList(open) {
  document.querySelector('ul')?.remove();
  const root = document.body.appendChild(document.createElement('ul'));
  const pressed = [];
  const show = open(root, (id) => pressed.push(id));
  return { root, show, pressed };
}

function time({ root, show }, rows) {
  void root.offsetHeight;
  const start = performance.now();
  show(rows);
  const drawn = performance.now();
  void root.offsetHeight;
  return { script: drawn - start, all: performance.now() - start };
}

function timed(measure) {
  const samples = Array.from({ length: kRepeats }, measure);
  return {
    script_ms: quartile(samples.map(({ script }) => script)),
    all_ms: quartile(samples.map(({ all }) => all)),
  };
}

function times(open, name) {
  if (name === kFirst) return timed(() => time(freshList(open), before));
  return timed(() => {
    const list = freshList(open);
    list.show(before);
    return time(list, after[name]);
  });
}

const idOf = (li) => li.dataset.testid;
const byIds = (root) => new Map([...root.children].map((li) => [idOf(li), li]));

// Whether each row is still the same element, and row 101 still has its focus and its animation.
function kept(open, rows) {
  const list = freshList(open);
  list.show(before);
  const were = byIds(list.root);
  const row = list.root.children[100];
  const button = row.querySelector('button');
  row.classList.add('new');
  const [animation] = row.getAnimations();
  button.focus();
  list.show(rows);
  const are = byIds(list.root);
  const order = [...list.root.children].map(idOf).join();
  if (order !== rows.map(({ id }) => `question-${id}`).join()) throw new Error('wrong order');
  return {
    elements: [...were].every(([id, li]) => are.get(id) === li),
    focus: document.activeElement === button,
    animation: row.getAnimations()[0] === animation,
  };
}

// Every row as it should look, and its button doing what it should.
function isRight(open) {
  const { root, show, pressed } = freshList(open);
  show(before);
  show(after['one row changed']);
  const row = root.children[100];
  row.querySelector('button').click();
  return (
    root.children.length === kRows &&
    row.querySelector('p').textContent === voted.text &&
    row.querySelector('b').textContent === '99' &&
    row.querySelector('i').style.width === '99%' &&
    row.querySelector('button').getAttribute('aria-pressed') === String(voted.isMine) &&
    pressed.join() === String(voted.id)
  );
}

export function offer(open) {
  const violations = new Set();
  document.addEventListener('securitypolicyviolation', ({ violatedDirective }) =>
    violations.add(violatedDirective),
  );
  const attempt = (action) => {
    try {
      return action();
    } catch (error) {
      return String(error);
    }
  };
  window.candidate = {
    check: async () => {
      const isGood = attempt(() => isRight(open));
      await new Promise((done) => setTimeout(done, 100)); // violations are told as events
      return { is_right: isGood, violations: [...violations] };
    },
    changes: [kFirst, ...Object.keys(after)],
    times: (name) => times(open, name),
    kept: () =>
      Object.fromEntries(Object.entries(after).map(([name, rows]) => [name, kept(open, rows)])),
  };
}
