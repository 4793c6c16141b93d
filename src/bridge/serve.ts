/**
 * The bridge of one kernel: answers the shim's requests one after another until the kernel ends.
 * DESIGN: it ends with the kernel (its pipe closes, or its process is gone), finishes a running
 * recording as partial, and removes its probes whatever way it ends.
 */
import { errorMessage, BridgeFailure } from './failure';
import { JsonLines } from './protocol/json-lines';
import type {
  Answer,
  LiveNotice,
  ProgressNotice,
  Request
} from './protocol/messages';
import { PROTOCOL_VERSION } from './protocol/messages';
import { parseRequest, requestId } from './protocol/requests';
import { KernelSession } from './run/kernel-session';
import { processStartTime } from './target/process';

/** How often the kernel's process is looked at, in milliseconds: a forked child may keep its pipe open. */
const WATCH_INTERVAL = 500;

/** Serves the shim on stdin and stdout. Resolves when all is cleaned up. */
export async function serve(version: string): Promise<void> {
  const send = (message: Answer | ProgressNotice | LiveNotice): void => {
    process.stdout.write(`${JSON.stringify(message)}\n`);
  };
  // Nobody reads while a script runs, or a cell keeps the GIL: what would have to wait is left out, not piled up.
  const sendIfRead = (notice: LiveNotice): void => {
    if (process.stdout.writableLength === 0) {
      send(notice);
    }
  };
  // The kernel may be gone: then nobody reads.
  process.stdout.on('error', () => undefined);

  let session: KernelSession | undefined;
  let startTime: string | undefined;

  const answer = async (request: Request): Promise<Answer> => {
    const { id } = request;
    if (request.op === 'hello') {
      if (request.protocol !== PROTOCOL_VERSION) {
        throw new BridgeFailure(
          'bad-request',
          `the kernel speaks protocol ${request.protocol}, this bridge ${PROTOCOL_VERSION}: install one version of giltracer and restart the kernel`
        );
      }
      startTime = processStartTime(request.pid);
      session = new KernelSession(
        request,
        (run_id, phase) => send({ event: 'progress', run_id, phase }),
        sendIfRead
      );
      await session.openLive();
      return {
        id,
        ok: true,
        protocol: PROTOCOL_VERSION,
        version,
        pid: process.pid
      };
    }
    if (!session) {
      throw new BridgeFailure('bad-request', `${request.op} before hello`);
    }
    switch (request.op) {
      case 'start':
        return { id, ok: true, mode: await session.start(request) };
      case 'stop':
        return { id, ok: true, ...(await session.stop(request)) };
      case 'cancel':
        await session.cancel(request.run_id);
        return { id, ok: true };
      case 'doctor':
        return { id, ok: true, report: await session.examine() };
    }
  };

  let queue = Promise.resolve();
  const handle = async (value: unknown, error?: Error): Promise<void> => {
    try {
      if (error) {
        throw new BridgeFailure('bad-request', error.message);
      }
      send(await answer(parseRequest(value)));
    } catch (failure) {
      send({
        id: requestId(value),
        ok: false,
        code: failure instanceof BridgeFailure ? failure.code : 'internal',
        message: errorMessage(failure)
      });
    }
    await session?.settle();
  };

  await new Promise<void>(resolve => {
    const lines = new JsonLines((value, error) => {
      queue = queue.then(() => handle(value, error));
    });
    process.stdin
      .setEncoding('utf8')
      .on('data', (text: string) => lines.push(text));
    process.stdin.once('end', resolve).once('error', resolve);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.once(signal, () => resolve());
    }
    setInterval(() => {
      if (session && processStartTime(session.pid) !== startTime) {
        resolve();
      }
    }, WATCH_INTERVAL).unref();
  });
  await queue;
  await session?.close();
}
