/** A Python that runs what it is told, and what the bridge knows of it before it reads its memory. */
import { execFileSync } from 'node:child_process';
import {
  PythonSession,
  type Interpreter
} from '../../../core/cpython/__tests__/interpreters';
import {
  InterpreterCodeReader,
  type InterpreterCode
} from '../../probes/interpreter-code';

/** The Python on PATH. */
const python3: Interpreter = (() => {
  const version = execFileSync(
    'python3',
    ['-c', 'print(__import__("platform").python_version())'],
    { encoding: 'utf8' }
  ).trim();
  const minor = Number(version.split('.')[1]);
  return { executable: 'python3', version, minor };
})();

const codes = new InterpreterCodeReader('python3');

export function startSession(): Promise<PythonSession> {
  return PythonSession.start(python3);
}

/** Where its GIL and its runtime are. */
export function codeOf(session: PythonSession): InterpreterCode {
  return codes.read({
    pid: session.program.pid,
    python_version: python3.version,
    switch_interval_ns: 5_000_000
  });
}
