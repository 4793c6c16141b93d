/** Which interpreters the tracer knows, and what it says of others. */

/** What an interpreter says of itself. */
export interface Interpreter {
  /** platform.python_implementation(), for example `CPython` (any case). */
  readonly implementation: string;
  /** platform.python_version(), for example `3.11.7`. */
  readonly version: string;
  /** sysconfig's Py_GIL_DISABLED. */
  readonly freeThreaded: boolean;
}

export const OLDEST_MINOR = 8;
export const NEWEST_MINOR = 15;

/** The 11 of `3.11.7`, or undefined if it isn't a Python 3 version. */
export function minorVersion(version: string): number | undefined {
  const match = /^3\.(\d+)(\D|$)/.exec(version);
  return match === null ? undefined : Number(match[1]);
}

/**
 * Why the GIL of that interpreter can't be traced: one line for the user. Undefined if it can.
 */
export function unsupportedPython(
  interpreter: Interpreter
): string | undefined {
  const { implementation, version, freeThreaded } = interpreter;
  const range = `CPython 3.${OLDEST_MINOR} to 3.${NEWEST_MINOR}`;
  if (implementation.toLowerCase() !== 'cpython') {
    return `${implementation} ${version} is not supported; use ${range}`;
  }
  const minor = minorVersion(version);
  if (minor === undefined || minor < OLDEST_MINOR || minor > NEWEST_MINOR) {
    return `Python ${version} is not supported; use ${range}`;
  }
  if (freeThreaded) {
    return `Python ${version} is a free-threaded build, which is not supported yet; use ${range} with the GIL`;
  }
  return undefined;
}
