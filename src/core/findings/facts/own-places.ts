/** Which rows of a table of lines are the user's own: of cells and of files outside of libraries. */
import type { SourceLine } from '../../trace/document';
import { placeKey } from '../../trace/source-paths';

/** The line alone of what may have more keys. */
export function lineOf({
  file,
  line,
  function: name,
  cell
}: SourceLine): SourceLine {
  return {
    file,
    line,
    ...(name !== undefined && { function: name }),
    ...(cell !== undefined && { cell })
  };
}

export class OwnPlaces {
  constructor(places: Iterable<SourceLine>) {
    for (const place of places) {
      this.keys.add(placeKey(place));
    }
  }

  has(place: SourceLine): boolean {
    return this.keys.has(placeKey(lineOf(place)));
  }

  private readonly keys = new Set<string>();
}
