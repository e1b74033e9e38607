// The page's words in the user's language. Each page brings its own table; a table must have every
// key in both languages (the compiler sees to it, and test/words.test.ts).

export type Language = 'id' | 'en';

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
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
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

  text(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
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
