/** Runs the doctor in a kernel. */
import type { Kernel } from '@jupyterlab/services';
import { evaluate, NoAnswerError, stringValue } from '../kernel/expressions';
import {
  DOCTOR_MIME_TYPE,
  type IDoctorReport,
  type IDoctorWords
} from './report';

export type DoctorOutcome =
  | { kind: 'report'; report: IDoctorReport; words: IDoctorWords }
  /** giltracer is not where the kernel runs; or it is older than this page. */
  | { kind: 'missing' | 'old'; python: string | undefined }
  /** A run of the kernel is being recorded. */
  | { kind: 'busy'; reason: string }
  | { kind: 'failed'; message: string }
  /** The kernel was restarted, or died. */
  | { kind: 'no-answer' };

const ANSWER =
  "__import__('giltracer.doctor_page', fromlist=['answer']).answer()";
const PYTHON = "__import__('sys').executable";

/**
 * Never rejects for what a kernel may do.
 * @param onBegin called when the kernel has taken up the request
 */
export async function askDoctor(
  kernel: Kernel.IKernelConnection,
  onBegin: () => void
): Promise<DoctorOutcome> {
  try {
    const values = await evaluate(
      kernel,
      { answer: ANSWER, python: PYTHON },
      onBegin
    );
    const { answer } = values;
    const python = stringValue(values.python);
    if (answer.status === 'ok') {
      return readAnswer(answer.data[DOCTOR_MIME_TYPE]);
    }
    if (answer.name === 'ModuleNotFoundError') {
      if (answer.message.includes("'giltracer'")) {
        return { kind: 'missing', python };
      }
      if (answer.message.includes("'giltracer.doctor_page'")) {
        return { kind: 'old', python };
      }
    }
    return { kind: 'failed', message: `${answer.name}: ${answer.message}` };
  } catch (error) {
    if (error instanceof NoAnswerError) {
      return { kind: 'no-answer' };
    }
    throw error;
  }
}

function readAnswer(content: unknown): DoctorOutcome {
  const { report, words, busy } = (content ?? {}) as {
    report?: IDoctorReport;
    words?: IDoctorWords;
    busy?: string;
  };
  if (report !== undefined && words !== undefined) {
    return { kind: 'report', report, words };
  }
  return busy === undefined
    ? { kind: 'failed', message: 'the kernel gave no report' }
    : { kind: 'busy', reason: busy };
}
