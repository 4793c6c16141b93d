/**
 * How a document calls the places of code: cells as their author knows them, files without telling where
 * they lie. A document travels in notebooks: it must not carry the user's name or home.
 */
import { UNNAMED_TASK, type LineRecord } from '../threads/result';
import type { SourceLine } from './document';

/** A cell of a notebook, and the file name under which its code was compiled. */
export interface CellSource {
  /** co_filename of the cell's code. */
  readonly file: string;
  /** Its id in the notebook. */
  readonly cell?: string;
  /** Added to the code's line to get the line that the cell's author counts. */
  readonly first_line: number;
  /** For example `In [3]`. */
  readonly label?: string;
  /** See CellText. */
  readonly lineCrc32?: string;
}

/** What is known of the places that code comes from. */
export interface SourceContext {
  readonly cells: readonly CellSource[];
  readonly roots: {
    readonly project?: string;
    readonly home?: string;
    /** The standard library and the folders of installed packages. */
    readonly libraries: readonly string[];
  };
}

export const NO_SOURCES: SourceContext = {
  cells: [],
  roots: { libraries: [] }
};

/** Whose code a file is. */
export const CODE_OWNERS = ['cell', 'user', 'other'] as const;
export type CodeOwner = (typeof CODE_OWNERS)[number];

/** Stands for the folders of a path that are not told. */
const HIDDEN = '…';

/** What a cell is called whose number is not known. */
export const UNNUMBERED_CELL = 'cell';

// IPython/core/compilerop.py names a cell <ipython-input-N-DIGEST>; ipykernel/compiler.py gives it a path
// ending in ipykernel_PID/DIGEST.py instead.
const NUMBERED_CELL = /^<ipython-input-(\d+)-/;
const KERNEL_CELL = /\/ipykernel_\d+\/\d+\.py$/;

/** Where systems keep the homes of their users: what follows is a name. */
const HOMES = /^(?:\/[^/]+)*?\/(?:home|Users|users)\/[^/]+\//;

/**
 * Stands for the file where an entry is no line, but an asyncio task: then its function is the task's name.
 * Compiled code could bear it only on purpose.
 */
const TASK_FILE = '<asyncio task>';

/** How a line of a document calls its file: `In [3]` and alike. */
const CELL_LABEL = /^(?:cell|In \[\d*\])$/;

/** Whether a line of a document is one of a cell. */
export function isCellLine(line: Partial<SourceLine>): boolean {
  return (
    line.cell !== undefined ||
    (line.file !== undefined && CELL_LABEL.test(line.file))
  );
}

/** Whether it stands for an asyncio task. */
export function isTask(line: Partial<SourceLine>): boolean {
  return line.file === TASK_FILE;
}

/** The entry for a task, by the name that other entries call it by. */
export function taskPlace(task: string): SourceLine {
  return { file: TASK_FILE, line: 0, function: task };
}

/** One string for equal places: a line stands once in a table. */
export function placeKey(place: Partial<SourceLine> | undefined): string {
  return place === undefined
    ? ''
    : [place.file, place.line, place.function, place.cell, place.task].join(
        '\0'
      );
}

/** How a document names places: of a run that was analysed, or of a trace file, which has the names already. */
export interface IPlaces {
  /** A line as a document has it. */
  place(record: LineRecord): SourceLine;
  /** Whether an entry tells the user something. */
  tells(record: LineRecord): boolean;
  /** Whose code a file has. */
  ownerOf(file: string): CodeOwner;
  /** Name of a shared library. */
  libraryName(path: string): string;
}

/** Names files and lines of one run. */
export class SourcePaths implements IPlaces {
  constructor(sources: SourceContext) {
    for (const cell of sources.cells) {
      this.cells.set(cell.file, cell);
    }
    const { project, home, libraries } = sources.roots;
    this.libraries = libraries.map(asFolder).filter(isRoot);
    this.roots = [
      ...this.libraries.map(folder => ({ folder, name: '' })),
      ...(project === undefined
        ? []
        : [{ folder: asFolder(project), name: '' }]),
      ...(home === undefined ? [] : [{ folder: asFolder(home), name: '~/' }])
    ]
      .filter(({ folder }) => isRoot(folder))
      // The innermost first: packages may be installed within the project, the project lies at home.
      .sort((a, b) => b.folder.length - a.folder.length);
    const user = home === undefined ? '' : lastPart(home.replace(/\/+$/, ''));
    this.user = user;
  }

  /** A line as a document has it; a task as taskPlace makes it. */
  place(record: LineRecord): SourceLine {
    const { file, line, func, task } = record;
    if (task !== undefined) {
      return taskPlace(task.includes('…') ? `${task} of ${func}` : task);
    }
    const cell = this.cells.get(file);
    return {
      file: this.fileName(file),
      line: Math.max(0, cell && line > 0 ? line + cell.first_line : line),
      ...(func !== '' && { function: func }),
      ...(cell?.cell !== undefined && { cell: cell.cell })
    };
  }

  /** Name of a shared library: within its package, else its last part. */
  libraryName(path: string): string {
    const folder = this.libraries
      .filter(each => path.startsWith(each))
      .reduce(
        (longest, each) => (each.length > longest.length ? each : longest),
        ''
      );
    return folder === '' ? lastPart(path) : path.slice(folder.length);
  }

  /** Whose code a file has, by its co_filename. */
  ownerOf(file: string): CodeOwner {
    if (this.cells.has(file) || isCellFile(file)) {
      return 'cell';
    }
    // <frozen importlib._bootstrap>, <string>, <__array_function__ internals> are nobody's files.
    const foreign =
      file === '' ||
      file.startsWith('<') ||
      this.libraries.some(folder => file.startsWith(folder));
    return foreign ? 'other' : 'user';
  }

  /**
   * Whether an entry tells the user something: tasks that neither have a name nor run the user's code are
   * those of libraries, such as the one that runs a notebook's cells.
   */
  tells({ file, task }: LineRecord): boolean {
    return task !== UNNAMED_TASK || this.ownerOf(file) !== 'other';
  }

  private fileName(file: string): string {
    const cell = this.cells.get(file);
    if (cell !== undefined) {
      return cell.label ?? UNNUMBERED_CELL;
    }
    const numbered = NUMBERED_CELL.exec(file);
    if (numbered) {
      return `In [${numbered[1]}]`;
    }
    if (isCellFile(file)) {
      return UNNUMBERED_CELL;
    }
    const root = this.roots.find(({ folder }) => file.startsWith(folder));
    if (root !== undefined) {
      return root.name + file.slice(root.folder.length);
    }
    return this.withoutUser(
      file.replace(/^(?:\.\/)+/, '').replace(HOMES, `${HIDDEN}/`)
    );
  }

  /** Leaves out the folders up to one that is called as the user. */
  private withoutUser(path: string): string {
    if (this.user === '') {
      return path;
    }
    const at = path.lastIndexOf(`/${this.user}/`);
    return at < 0 ? path : HIDDEN + path.slice(at + this.user.length + 1);
  }

  private readonly cells = new Map<string, CellSource>();
  private readonly libraries: readonly string[];
  private readonly roots: readonly { folder: string; name: string }[];
  /** Last part of the home; '' if there is none. */
  private readonly user: string;
}

function isCellFile(file: string): boolean {
  return NUMBERED_CELL.test(file) || KERNEL_CELL.test(file);
}

function asFolder(path: string): string {
  return `${path.replace(/\/+$/, '')}/`;
}

/** Nothing is relative to the root of the file system. */
function isRoot(folder: string): boolean {
  return folder !== '/';
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
