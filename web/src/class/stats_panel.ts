// The student's statistics, row by row. Values come as text; the rows stay the same elements, so that
// a screen reader's place in the list is kept.

import { make, setText } from '../base/dom';

export class StatsPanel {
  private readonly list: HTMLElement;
  private readonly rows = new Map<string, { name: HTMLElement; value: HTMLElement }>();

  constructor(list: HTMLElement) {
    this.list = list;
  }

  // `id` becomes the value's data-testid, `stat-{id}`.
  set(id: string, name: string, value: string): void {
    let row = this.rows.get(id);
    if (row === undefined) {
      row = { name: make('dt'), value: make('dd') };
      row.value.dataset.testid = `stat-${id}`;
      this.list.append(row.name, row.value);
      this.rows.set(id, row);
    }
    setText(row.name, name);
    setText(row.value, value);
  }
}
