// A row of a long list: drawn again only when one of its properties is another than before, because
// of two hundred rows mostly one changes (docs/decisions/0020-preact-draws-lists.md). Properties are
// values, or objects that are replaced and never written into. A Translator changes its language in
// place, so such a row gets its texts instead.

import { Component, type ComponentChild, type ComponentClass } from 'preact';

export function pure<Properties extends object>(
  draw: (properties: Properties) => ComponentChild,
): ComponentClass<Properties> {
  return class extends Component<Properties> {
    override shouldComponentUpdate(next: Readonly<Properties>): boolean {
      const names = Object.keys({ ...this.props, ...next }) as (keyof Properties)[];
      return names.some((name) => next[name] !== this.props[name]);
    }

    override render(): ComponentChild {
      return draw(this.props);
    }
  };
}
