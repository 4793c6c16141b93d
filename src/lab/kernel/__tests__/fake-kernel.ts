/** A kernel that answers execute requests as the test says. */
import type { Kernel } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

interface IRequest {
  content: { code: string; silent?: boolean; store_history?: boolean };
  answer(expressions: object, status?: string): Promise<void>;
  begin(): void;
  giveUp(): Promise<void>;
}

export class FakeKernel {
  readonly requests: IRequest[] = [];
  readonly statusChanged = new Signal<this, Kernel.Status>(this);
  readonly disposed = new Signal<this, void>(this);
  readonly info = Promise.resolve({ language_info: { name: 'python' } });
  status: Kernel.Status = 'idle';
  name = 'python3';
  isDisposed = false;

  requestExecute(content: IRequest['content']): object {
    let resolve: (reply: object) => void = () => {};
    let reject: (reason: Error) => void = () => {};
    const future = {
      onIOPub: (_: object): void => {},
      done: new Promise<object>((yes, no) => {
        resolve = yes;
        reject = no;
      })
    };
    // Long enough for all that waits for the answer in turn.
    const settled = (): Promise<void> =>
      new Promise(done => setTimeout(done, 0));
    this.requests.push({
      content,
      answer: (expressions, status = 'ok') => {
        resolve({ content: { status, user_expressions: expressions } });
        return settled();
      },
      begin: () => {
        future.onIOPub({
          header: { msg_type: 'status' },
          content: { execution_state: 'busy' }
        });
      },
      giveUp: () => {
        reject(new Error('Canceled future'));
        return settled();
      }
    });
    return future;
  }

  get connection(): Kernel.IKernelConnection {
    return this as unknown as Kernel.IKernelConnection;
  }
}

/** As IPython gives the value of an expression. */
export function shown(text: string): object {
  return { status: 'ok', data: { 'text/plain': text }, metadata: {} };
}

/** As IPython gives an exception of an expression. */
export function raised(ename: string, evalue: string): object {
  return { status: 'error', ename, evalue, traceback: [] };
}
