// The page's words in the user's language. Each page brings its own table, checked by Bilingual.

export type Language = 'id' | 'en';

// What a text's `{name}`s are filled with.
export type Values = Readonly<Record<string, string | number>>;

// The `{name}`s in a text.
type Blanks<Text> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Blanks<Rest>
  : never;
type AreSame<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Pair<En, Id, Key> = Key extends keyof En & keyof Id
  ? AreSame<Blanks<En[Key]>, Blanks<Id[Key]>> extends true
    ? string
    : { 'both languages fill in': Blanks<En[Key]> | Blanks<Id[Key]> }
  : { 'one language lacks': Key };

// A table that has at least these keys.
export type Words<Key extends string> = Readonly<Record<Key, string> & Record<string, string>>;

// What a table of words has to be: `{ en, id } satisfies Bilingual<typeof en, typeof id>`, both `as
// const`. A key that one language lacks, and a `{name}` that one text lacks, do not compile.
export interface Bilingual<En, Id> {
  en: { [Key in keyof En | keyof Id]: Pair<En, Id, Key> };
  id: { [Key in keyof En | keyof Id]: Pair<En, Id, Key> };
}

const kStored = 'lectern.language';

export function preferredLanguage(stored: string | null, languages: readonly string[]): Language {
  if (stored === 'id' || stored === 'en') return stored;
  for (const language of languages) {
    if (/^id\b/i.test(language)) return 'id';
    if (/^en\b/i.test(language)) return 'en';
  }
  return 'en';
}

// Fills `{name}` in `text`.
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

function stored(): string | null {
  try {
    return localStorage.getItem(kStored);
  } catch {
    return null; // storage is forbidden in this browser
  }
}

export class Translator<Key extends string> {
  language: Language;
  private readonly tables: Record<Language, Readonly<Record<Key, string>>>;

  constructor(tables: Record<Language, Readonly<Record<Key, string>>>) {
    this.tables = tables;
    this.language = preferredLanguage(stored(), navigator.languages);
    this.apply();
  }

  text(key: Key, values: Values = {}): string {
    // A newer server may give a reason that this page has no words for.
    return fill(this.tables[this.language][key] ?? key, values);
  }

  switchTo(language: Language): void {
    this.language = language;
    try {
      localStorage.setItem(kStored, language);
    } catch {
      // Not remembered, then.
    }
    this.apply();
  }

  // Fills every element that names its words: data-text (content), data-label (accessible name and
  // tooltip).
  apply(): void {
    document.documentElement.lang = this.language;
    for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
      element.textContent = this.text(element.dataset.text as Key);
    }
    for (const element of document.querySelectorAll<HTMLElement>('[data-label]')) {
      const label = this.text(element.dataset.label as Key);
      element.setAttribute('aria-label', label);
      element.title = label;
    }
  }
}
