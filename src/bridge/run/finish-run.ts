/**
 * The end of a run: stop the recording, make the document, the bundle, the static forms, and lay them
 * into the run store. What the user need not wait for is left to `afterAnswer`.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { reportHtml } from '../../core/export/html';
import { lanesPng } from '../../core/export/png';
import { reportText } from '../../core/export/text';
import type { StreamSummary } from '../../core/perfdata/records';
import { buildBundle } from '../../core/trace/build-bundle';
import { buildDocument } from '../../core/trace/build-document';
import { BUNDLE_MIME_TYPE, type Sidecar } from '../../core/trace/bundle';
import type {
  CaptureInfo,
  EnvironmentInfo,
  ReportDocument,
  RunInfo
} from '../../core/trace/document';
import { NO_SOURCES, type SourceContext } from '../../core/trace/source-paths';
import { traceFilePieces } from '../../core/trace/trace-file';
import type { Nanoseconds } from '../../core/units';
import type { Calibration } from '../calibration/calibrate';
import { errorMessage } from '../failure';
import type {
  HelloRequest,
  SourceMessage,
  StartRequest,
  StopAnswer
} from '../protocol/messages';
import { readEnvironment } from '../target/environment';
import type { OwnCpu, Recording, RecordingResult } from './recording';
import { costOf } from './cost';
import {
  copyInPieces,
  type WrittenFile,
  ZLIB_COMPRESSOR
} from './file-in-pieces';
import type { RunStore } from './run-store';

/** The trace in the run's folder. */
const TRACE_NAME = 'trace.giltrace';

/** A run that is being recorded. */
export interface ActiveRun {
  hello: HelloRequest;
  start: StartRequest;
  /** Which sites the interpreter has beside those of the GIL. */
  sites: { locks: boolean; collections: boolean };
  recording: Recording;
  calibration: Calibration;
  /** --max-overhead, percent. */
  maxOverhead: number | undefined;
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
  const document = describe(run, end, recorded);
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
          clock: recorded.summaries.at(0)?.clock,
          sources: sourceContext(end.source ?? run.start.source)
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
  run.store.write(id, 'bundle.json', JSON.stringify(bundle));
  return {
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
  recorded: RecordingResult
): ReportDocument {
  const { hello, start, calibration } = run;
  const { summaries, result } = recorded;
  const first = summaries.at(0);
  const problem =
    end.early ??
    recorded.ended ??
    summaries.find(({ error }) => error)?.error?.message;
  const info: RunInfo = {
    id: start.run.id,
    name: start.run.name,
    state: problem === undefined ? 'done' : 'partial',
    ...(start.run.kernel_id !== undefined && {
      kernel_id: start.run.kernel_id
    }),
    started_at: run.startedAt.toISOString(),
    ...(problem !== undefined && {
      message: `This trace is not complete: ${problem}.`
    })
  };
  const lost = summaries.reduce((sum, one) => sum + one.lost, 0);
  // The kernel counts hits of other processes, too, where somebody else traces the same file.
  const hits = Math.min(recorded.hits, recorded.records + lost);
  const sinceBegin = (time: Nanoseconds): Nanoseconds =>
    Math.max(0, Math.round(time - result.begin));
  const capture: Omit<CaptureInfo, 'duration_ns' | 'scheduler_states'> = {
    mode: start.mode === 'waits' ? 'waits' : 'full',
    python: hello.python_version,
    free_threaded: hello.free_threaded,
    gil_enabled: end.gilEnabled,
    ...(first?.perfVersion !== undefined && { perf: first.perfVersion }),
    ...(first?.kernelRelease !== undefined && { kernel: first.kernelRelease }),
    events: summaries.reduce((sum, one) => sum + countEvents(one), 0),
    lost,
    hits,
    ns_per_hit: Math.round(calibration.nsPerHit),
    ...costOf(result, calibration.nsPerHit, hits),
    ...(recorded.ownCpu && {
      reader_cpu_percent: percentOfOneCpu(recorded.ownCpu)
    }),
    lock_waits: run.sites.locks,
    collections: run.sites.collections,
    ...(calibration.facts.layout && {
      line_samples: {
        count: recorded.lineSamples.count,
        period_ns: Math.round(recorded.lineSamples.period)
      }
    }),
    ...(recorded.shed &&
      run.maxOverhead !== undefined && {
        shed: {
          at_ns: sinceBegin(recorded.shed.at),
          resumed_ns: sinceBegin(recorded.shed.resumed),
          max_overhead_percent: run.maxOverhead
        }
      }),
    ...(recorded.overLimit &&
      run.maxOverhead !== undefined && {
        over_limit: {
          at_ns: sinceBegin(recorded.overLimit.at),
          max_overhead_percent: run.maxOverhead,
          reason: recorded.overLimit.reason
        }
      }),
    environment: {
      ...hello.environment,
      ...end.environment,
      ...readEnvironment(hello.pid),
      switch_interval: hello.switch_interval_ns
    }
  };
  return buildDocument(result, {
    run: info,
    capture,
    threadNames: end.threadNames,
    sources: sourceContext(end.source ?? start.source)
  });
}

function percentOfOneCpu({ used, during }: OwnCpu): number {
  return during > 0 ? Math.round((1000 * used) / during) / 10 : 0;
}

/** PERF_RECORD_SWITCH and PERF_RECORD_SWITCH_CPU_WIDE (include/uapi/linux/perf_event.h). */
const SWITCH_TYPES = [14, 15];

function countEvents(summary: StreamSummary): number {
  return SWITCH_TYPES.reduce(
    (sum, type) => sum + (summary.recordsByType.get(type) ?? 0),
    summary.samplesByEvent.reduce((sum, count) => sum + count, 0)
  );
}

function sourceContext(source: SourceMessage | undefined): SourceContext {
  return source === undefined
    ? NO_SOURCES
    : {
        cells: source.cells.map(cell => ({
          file: cell.file,
          first_line: cell.first_line,
          ...(cell.cell_id !== undefined && { cell: cell.cell_id }),
          ...(cell.execution_count !== undefined && {
            label: `In [${cell.execution_count}]`
          })
        })),
        roots: source.roots
      };
}
