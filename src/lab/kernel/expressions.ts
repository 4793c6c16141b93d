/** Asks a kernel for values, without a trace in the notebook, in its history or in its variables. */
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { PartialJSONValue } from '@lumino/coreutils';

/** What a Python expression gave. */
export type ExpressionValue =
  | { status: 'ok'; data: { [mimeType: string]: PartialJSONValue } }
  /** `name` is the exception's class. */
  | { status: 'error'; name: string; message: string };

/** The kernel gave no answer: it was interrupted, restarted or died, or a cell before failed. */
export class NoAnswerError extends Error {}

/**
 * Evaluate Python expressions in a kernel. The request waits behind what runs there already.
 *
 * An execute request without code: it counts as no execution, and what its expressions print goes
 * to nobody's output.
 * @param expressions a name for each
 * @param onBegin called when the kernel has taken up the request
 * @throws {NoAnswerError}
 */
export async function evaluate<Name extends string>(
  kernel: Kernel.IKernelConnection,
  expressions: Record<Name, string>,
  onBegin?: () => void
): Promise<Record<Name, ExpressionValue>> {
  const future = kernel.requestExecute({
    code: '',
    silent: true,
    store_history: false,
    user_expressions: expressions,
    allow_stdin: false,
    stop_on_error: false
  });
  future.onIOPub = message => {
    const content = message.content as { execution_state?: string };
    if (
      message.header.msg_type === 'status' &&
      content.execution_state === 'busy'
    ) {
      onBegin?.();
    }
  };
  let reply: KernelMessage.IExecuteReplyMsg;
  try {
    reply = await future.done;
  } catch {
    throw new NoAnswerError('the request was given up');
  }
  if (reply.content.status !== 'ok') {
    throw new NoAnswerError(`the request ended with ${reply.content.status}`);
  }
  const answers = reply.content.user_expressions;
  const values = {} as Record<Name, ExpressionValue>;
  for (const name of Object.keys(expressions) as Name[]) {
    values[name] = readValue(answers[name]);
  }
  return values;
}

/** As in the messaging specification: "Execution results", user_expressions. */
function readValue(answer: PartialJSONValue | undefined): ExpressionValue {
  const { status, data, ename, evalue } = (answer ?? {}) as {
    status?: string;
    data?: { [mimeType: string]: PartialJSONValue };
    ename?: string;
    evalue?: string;
  };
  return status === 'ok' && data !== undefined
    ? { status, data }
    : {
        status: 'error',
        name: ename ?? 'Error',
        message: evalue ?? 'the kernel can evaluate no expressions'
      };
}

/** The text that an expression with a string gave: Python's repr of it, undone. */
export function stringValue(value: ExpressionValue): string | undefined {
  const shown = value.status === 'ok' ? value.data['text/plain'] : undefined;
  const inner =
    typeof shown === 'string' ? /^(['"])(.*)\1$/s.exec(shown)?.[2] : undefined;
  return inner?.replace(/\\(['"\\])/g, '$1');
}
