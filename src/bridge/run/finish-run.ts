/**
 * The end of a run: stop the recording, make the document, the bundle, the static forms, and lay them
 * into the run store. What the user need not wait for is left to `afterAnswer`.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { reportHtml } from '../../core/export/html';
import { lanesPng } from '../../core/export/png';
import { reportText } from '../../core/export/text';
import { whatIf } from '../../core/findings/what-if/scenarios';
import { findingsOf } from '../../core/findings/judge';
import { buildBundle } from '../../core/trace/build-bundle';
import { buildDocument } from '../../core/trace/build-document';
import { BUNDLE_MIME_TYPE, type Sidecar } from '../../core/trace/bundle';
import type {
  EnvironmentInfo,
  ReportDocument,
  RunInfo
} from '../../core/trace/document';
import {
  NO_SOURCES,
  type SourceContext,
  SourcePaths
} from '../../core/trace/source-paths';
import { traceFilePieces } from '../../core/trace/trace-file';
import { errorMessage } from '../failure';
import type {
  HelloRequest,
  SourceMessage,
  StartRequest,
  StopAnswer
} from '../protocol/messages';
import { readEnvironment } from '../target/environment';
import {
  copyInPieces,
  type WrittenFile,
  ZLIB_COMPRESSOR
} from './file-in-pieces';
import type { Recorded, RunRecording } from './run-recording';
import type { RunStore } from './run-store';
import { runVerdict } from './run-verdict';

/** The trace in the run's folder. */
const TRACE_NAME = 'trace.giltrace';

/** A run that is being recorded. */
export interface ActiveRun {
  hello: HelloRequest;
  start: StartRequest;
  recording: RunRecording;
  store: RunStore;
  startedAt: Date;
  /** CLOCK_MONOTONIC when recording was live, in nanoseconds. */
  began: bigint;
  /** Told what is being done. */
  onProgress: (phase: string) => void;
}

/** How a run ended. */
export interface RunEnd {
  /** CLOCK_MONOTONIC of the cell's own begin and end, in nanoseconds. */
  began: bigint;
  ended: bigint;
  gilEnabled: boolean;
  /** What the interpreter said of its environment at the end. */
  environment?: EnvironmentInfo;
  threadNames: ReadonlyMap<number, string>;
  source?: SourceMessage;
  /** Where the trace is to be saved too: absolute path. */
  save?: string;
  saveRelativeTo?: string;
  /** Why the run ended before it was stopped. */
  early?: string;
}

/** The answer, and the work that is left when it has been sent. */
export interface FinishedRun {
  /** As the result has it. */
  info: RunInfo;
  answer: Omit<StopAnswer, 'id' | 'ok'>;
  afterAnswer: () => Promise<void>;
}

/** Finishes a run. */
export async function finishRun(
  run: ActiveRun,
  end: RunEnd
): Promise<FinishedRun> {
  run.onProgress('reading the last records');
  const recorded = await run.recording.finish(end.began, end.ended);
  run.onProgress('building the result');
  const source = end.source ?? run.start.source;
  const sources = sourceContext(source);
  const document = describe(run, end, recorded, sources);
  const { id } = run.start.run;
  const directory = run.store.create(id);
  const warnings: string[] = [];

  let written: Promise<WrittenFile> | undefined;
  const writeTrace = (): Promise<WrittenFile> =>
    (written ??= run.store.writePieces(
      id,
      TRACE_NAME,
      traceFilePieces(
        {
          document,
          result: recorded.result,
          origin: recorded.origin,
          clock: recorded.clock,
          sources
        },
        ZLIB_COMPRESSOR
      )
    ));
  let sidecar: Sidecar | undefined;
  if (end.save !== undefined) {
    try {
      requireFolder(end.save);
      const trace = await writeTrace();
      await copyInPieces(join(directory, TRACE_NAME), end.save);
      sidecar = { path: savedPath(end.save, end.saveRelativeTo), ...trace };
    } catch (error) {
      warnings.push(`the trace was not saved: ${errorMessage(error)}`);
    }
  }

  const bundle = buildBundle(document, recorded.result, { sidecar });
  const png = lanesPng(bundle);
  const data = {
    [BUNDLE_MIME_TYPE]: bundle,
    'text/html': reportHtml(document, png),
    'image/png': Buffer.from(png).toString('base64'),
    'text/plain': reportText(document)
  };
  // Whoever sees the result sees what lists show of it.
  run.store.write(
    id,
    'verdict.json',
    JSON.stringify(runVerdict(document, source))
  );
  run.store.write(id, 'bundle.json', JSON.stringify(bundle));
  return {
    info: document.run,
    answer: {
      data,
      directory,
      ...(sidecar && { saved: end.save }),
      warnings
    },
    afterAnswer: async () => {
      try {
        await run.recording.removeProbes();
      } finally {
        try {
          await writeTrace();
        } finally {
          run.store.prune(id);
        }
      }
    }
  };
}

function requireFolder(path: string): void {
  if (!existsSync(dirname(path))) {
    throw new Error(`there is no folder ${dirname(path)}`);
  }
}

function savedPath(path: string, relativeTo: string | undefined): string {
  return relativeTo === undefined ? basename(path) : relative(relativeTo, path);
}

function describe(
  run: ActiveRun,
  end: RunEnd,
  recorded: Recorded,
  sources: SourceContext
): ReportDocument {
  const { hello } = run;
  const problem = end.early ?? recorded.problem;
  const info = runInfo(
    run,
    problem === undefined ? 'done' : 'partial',
    problem && `This trace is not complete: ${problem}.`
  );
  const capture = {
    ...recorded.capture,
    python: hello.python_version,
    free_threaded: hello.free_threaded,
    gil_enabled: end.gilEnabled,
    environment: {
      ...hello.environment,
      ...end.environment,
      ...readEnvironment(hello.pid),
      switch_interval: hello.switch_interval_ns
    }
  };
  const places = new SourcePaths(sources);
  const document = buildDocument(recorded.result, {
    run: info,
    capture,
    threadNames: end.threadNames,
    sources,
    places
  });
  const figures = whatIf(recorded.result, document, places);
  return {
    ...document,
    findings: findingsOf(recorded.result, document, places),
    ...(figures.length > 0 && { what_if: figures })
  };
}

/** How a run is called, as far as its end tells nothing. */
export function runInfo(
  { start, startedAt }: ActiveRun,
  state: RunInfo['state'],
  message?: string
): RunInfo {
  const { id, name, kernel_id } = start.run;
  return {
    id,
    name,
    state,
    ...(kernel_id !== undefined && { kernel_id }),
    started_at: startedAt.toISOString(),
    ...(message !== undefined && { message })
  };
}

export function sourceContext(
  source: SourceMessage | undefined
): SourceContext {
  return source === undefined
    ? NO_SOURCES
    : {
        cells: source.cells.map(cell => ({
          file: cell.file,
          first_line: cell.first_line,
          ...(cell.cell_id !== undefined && { cell: cell.cell_id }),
          ...(cell.line_crc32 !== undefined && {
            lineCrc32: cell.line_crc32
          }),
          ...(cell.execution_count !== undefined && {
            label: `In [${cell.execution_count}]`
          })
        })),
        roots: source.roots
      };
}
