/** How a thread is called everywhere in the viewer. */
import type { ReportDocument, ThreadRow } from '../core/trace/document';
import type { ITranslation } from './translation';

/** Its name, else its number in the system; the main thread is marked with `*`. */
export function threadName(
  thread: Pick<ThreadRow, 'name' | 'tid' | 'main'>,
  trans: ITranslation
): string {
  const name =
    thread.name === '' ? trans.__('thread %1', thread.tid) : thread.name;
  return thread.main ? `${name} *` : name;
}

/** The name of the thread with this tid; threads that a table left out are named by their tid. */
export function nameOfTid(
  document: ReportDocument,
  tid: number,
  trans: ITranslation
): string {
  const thread = document.threads.find(candidate => candidate.tid === tid);
  return thread === undefined
    ? trans.__('thread %1', tid)
    : threadName(thread, trans);
}
