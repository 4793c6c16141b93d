/** The places of a trace file: it has the names that its document has, and who owns the code. */
import { UNNAMED_TASK, type LineRecord } from '../threads/result';
import type { SourceLine } from './document';
import { isTask, type CodeOwner, type IPlaces } from './source-paths';

/** Gives each line of the file as a record that names its row, and its place by that row. */
export class TracePlaces implements IPlaces {
  constructor(
    private readonly lines: readonly SourceLine[],
    private readonly owners: readonly CodeOwner[]
  ) {
    this.records = lines.map((line, row) => ({
      file: String(row),
      line: line.line,
      func: line.function ?? '',
      ...(isTask(line) && { task: line.function ?? '' })
    }));
  }

  /** By row of the file's lines. */
  readonly records: readonly LineRecord[];

  place({ file }: LineRecord): SourceLine {
    return this.lines[Number(file)];
  }

  tells({ file, task }: LineRecord): boolean {
    // Tasks without a name are called after their coroutine: see SourcePaths.place.
    return (
      task?.startsWith(UNNAMED_TASK) !== true || this.ownerOf(file) !== 'other'
    );
  }

  ownerOf(file: string): CodeOwner {
    return this.owners[Number(file)];
  }

  /** A file has them as the document calls them. */
  libraryName(path: string): string {
    return path;
  }
}
