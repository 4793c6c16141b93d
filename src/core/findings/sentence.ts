/** Writes a finding's text and keeps what its figures were read from. */
import { placeWords } from '../export/source-words';
import type { SourceLine } from '../trace/document';
import { lineOf } from './facts/own-places';
import type { Evidence } from './finding';

export class Sentence {
  /** @param words that it begins with */
  constructor(private words = '') {}

  /** Words without a source. */
  say(words: string): this {
    this.words += words;
    return this;
  }

  /** A figure, or a name, and where it stands. */
  cite(words: string, source: Omit<Evidence, 'from' | 'to'>): this {
    const from = this.words.length;
    this.words += words;
    this.evidence.push({ from, to: this.words.length, ...source });
    return this;
  }

  /** A place in the source. */
  at(line: SourceLine): this {
    return this.cite(placeWords(line) ?? line.file, {
      table: 'lines',
      line: lineOf(line)
    });
  }

  /** The same behind other words. */
  after(words: string): Sentence {
    const moved = new Sentence(words + this.words);
    for (const evidence of this.evidence) {
      const { from, to } = evidence;
      moved.evidence.push({
        ...evidence,
        from: from + words.length,
        to: to + words.length
      });
    }
    return moved;
  }

  get text(): string {
    return this.words;
  }

  readonly evidence: Evidence[] = [];
}
