// As much of a document as Preact draws into and the pages' views look at.

import { setGlobals } from './fakes';

export class FakeNode extends EventTarget {
  parentNode: FakeElement | null = null;
  readonly childNodes: FakeNode[] = [];

  constructor(readonly nodeType: 1 | 3) {
    super();
  }

  get firstChild(): FakeNode | null {
    return this.childNodes[0] ?? null;
  }

  get nextSibling(): FakeNode | null {
    const beside = this.parentNode?.childNodes ?? [];
    return beside[beside.indexOf(this) + 1] ?? null;
  }

  get textContent(): string {
    return this.childNodes.map((node) => node.textContent).join('');
  }

  remove(): void {
    const beside = this.parentNode?.childNodes ?? [];
    if (beside.includes(this)) beside.splice(beside.indexOf(this), 1);
    this.parentNode = null;
  }
}

class FakeText extends FakeNode {
  constructor(public data: string) {
    super(3);
  }

  override get textContent(): string {
    return this.data;
  }
}

export class FakeElement extends FakeNode {
  readonly attributes: Record<string, string> = {};
  readonly namespaceURI = 'http://www.w3.org/1999/xhtml';
  hidden = false;
  disabled = false;
  selectedIndex = -1;

  constructor(readonly localName: string) {
    super(1);
  }

  get children(): FakeElement[] {
    return this.childNodes.filter((node) => node instanceof FakeElement);
  }

  override get textContent(): string {
    return super.textContent;
  }

  override set textContent(text: string) {
    for (const node of [...this.childNodes]) node.remove();
    if (text !== '') this.insertBefore(new FakeText(text), null);
  }

  insertBefore(node: FakeNode, before: FakeNode | null): void {
    node.remove();
    node.parentNode = this;
    this.childNodes.splice(before === null ? Infinity : this.childNodes.indexOf(before), 0, node);
  }

  removeChild(node: FakeNode): void {
    node.remove();
  }

  setAttribute(name: string, value: unknown): void {
    this.attributes[name] = String(value);
  }

  removeAttribute(name: string): void {
    delete this.attributes[name];
  }
}

// A document with nothing but these elements in it.
export function setDocument(ids: readonly string[]): Map<string, FakeElement> {
  const elements = new Map(ids.map((id) => [id, new FakeElement('div')]));
  setGlobals({
    document: {
      getElementById: (id: string) => elements.get(id) ?? null,
      createElement: (name: string) => new FakeElement(name),
      createElementNS: (_: string, name: string) => new FakeElement(name),
      createTextNode: (data: string) => new FakeText(data),
    },
  });
  return elements;
}
