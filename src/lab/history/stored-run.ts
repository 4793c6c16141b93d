/** What the server tells of the runs in its store (schema/formats/server-routes.md). */
import type { RunState } from '../../core/trace/document';

const RUN_STATES: readonly RunState[] = [
  'running',
  'done',
  'partial',
  'failed'
];

export interface StoredRun {
  readonly id: string;
  /** On disk. */
  readonly bytes: number;
  /** The bridge is still at it: it can't be deleted. */
  readonly writing: boolean;
  /** The reader's, else the run's own; ''. */
  readonly name: string;
  /** The cell that ran: `In [3]`. */
  readonly label?: string;
  /** Absent: there is no result. */
  readonly state?: RunState;
  readonly startedAt?: Date;
  /** Why it is partial or failed. */
  readonly message?: string;
  /** Rung of the ladder. */
  readonly mode?: string;
  readonly python?: string;
  readonly durationNs?: number;
  readonly verdict?: string;
}

export interface RunsPage {
  /** Newest first. */
  readonly runs: readonly StoredRun[];
  /** Names the page that follows; absent: this is the last one. */
  readonly next?: string;
  /** All runs of the store. */
  readonly count: number;
  /** Of all runs; with the first page. */
  readonly bytes?: number;
  /** The oldest are removed when all together have more. */
  readonly mostBytes: number;
  /** Names what the store was when it was read. */
  readonly stamp?: string;
}

/** @throws TypeError if the answer is not of this form */
export function readRunsPage(json: unknown): RunsPage {
  const page = objectIn(json);
  const { runs, next, bytes } = page ?? {};
  if (page === undefined || !Array.isArray(runs)) {
    // A server of an earlier version knows no pages.
    throw new TypeError('the server answered something else than runs');
  }
  return {
    runs: runs.flatMap(readStoredRun),
    ...(typeof next === 'string' && { next }),
    count: numberIn(page.count) ?? runs.length,
    ...(typeof bytes === 'number' && { bytes }),
    mostBytes: numberIn(page.most_bytes) ?? 0
  };
}

/** None or one: what has no id is left out. */
export function readStoredRun(json: unknown): StoredRun[] {
  const run = objectIn(json);
  if (run === undefined || typeof run.id !== 'string') {
    return [];
  }
  const text = <K extends string>(key: K, value: unknown) =>
    (typeof value === 'string' ? { [key]: value } : {}) as Partial<
      Record<K, string>
    >;
  const started = new Date(String(run.started_at));
  const durationNs = numberIn(run.duration_ns);
  const state = RUN_STATES.find(each => each === run.state);
  return [
    {
      id: run.id,
      bytes: numberIn(run.bytes) ?? 0,
      writing: run.writing === true,
      name: typeof run.name === 'string' ? run.name : '',
      ...(state !== undefined && { state }),
      ...(!Number.isNaN(started.getTime()) && { startedAt: started }),
      ...(durationNs !== undefined && { durationNs }),
      ...text('label', run.label),
      ...text('message', run.message),
      ...text('mode', run.mode),
      ...text('python', run.python),
      ...text('verdict', run.verdict)
    }
  ];
}

function objectIn(json: unknown): Record<string, unknown> | undefined {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Record<string, unknown>)
    : undefined;
}

function numberIn(json: unknown): number | undefined {
  return typeof json === 'number' && Number.isFinite(json) && json >= 0
    ? json
    : undefined;
}
