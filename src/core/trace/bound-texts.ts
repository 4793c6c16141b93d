/** Bounds for what others name: no text may take the room of the result. */
import type {
  EnvironmentInfo,
  ReportDocument,
  RunInfo,
  ThreadRow
} from './document';
import { storedBytes } from './stored-size';

const NAME_LENGTH = 200;
const THREAD_NAME_LENGTH = 100;
const MESSAGE_LENGTH = 1000;
const FLAGS_LENGTH = 2000;

/** Part of the budget that the list of packages may take. */
const PACKAGES_PART = 1 / 8;

/** A text of at most `length` UTF-16 code units, with an ellipsis if it was longer. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) {
    return text;
  }
  // Not in the middle of a surrogate pair.
  const code = text.charCodeAt(length - 2);
  const end = code >= 0xd800 && code < 0xdc00 ? length - 2 : length - 1;
  return `${text.slice(0, end)}…`;
}

/** The run with bounded texts. */
export function shortRun(run: RunInfo): RunInfo {
  return {
    ...run,
    name: shorten(run.name, NAME_LENGTH),
    ...(run.message !== undefined && {
      message: shorten(run.message, MESSAGE_LENGTH)
    })
  };
}

/** A document whose texts are bounded, and how many packages it no longer lists. */
export function boundTexts(
  document: ReportDocument,
  maxBytes: number
): { document: ReportDocument; packagesLeftOut: number } {
  const { environment } = document.capture;
  const [packages, packagesLeftOut] = boundPackages(
    environment.packages,
    maxBytes * PACKAGES_PART
  );
  return {
    document: {
      ...document,
      run: shortRun(document.run),
      capture: {
        ...document.capture,
        environment: {
          ...environment,
          ...(packages && { packages }),
          ...(environment.build_flags !== undefined && {
            build_flags: shorten(environment.build_flags, FLAGS_LENGTH)
          })
        }
      },
      threads: document.threads.map(shortThread)
    },
    packagesLeftOut
  };
}

function shortThread(thread: ThreadRow): ThreadRow {
  const { name, library = '' } = thread;
  return name.length <= THREAD_NAME_LENGTH && library.length <= NAME_LENGTH
    ? thread
    : {
        ...thread,
        name: shorten(name, THREAD_NAME_LENGTH),
        ...(library !== '' && { library: shorten(library, NAME_LENGTH) })
      };
}

function boundPackages(
  packages: EnvironmentInfo['packages'],
  maxBytes: number
): [EnvironmentInfo['packages'], number] {
  if (!packages || storedBytes(packages) <= maxBytes) {
    return [packages, 0];
  }
  const entries = Object.entries(packages);
  let bytes = 0;
  const kept = entries.filter(entry => {
    bytes += storedBytes(entry);
    return bytes <= maxBytes;
  });
  return [Object.fromEntries(kept), entries.length - kept.length];
}
