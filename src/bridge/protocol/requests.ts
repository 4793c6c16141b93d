/** Checks that a line from the shim is a request; the shim may be of another version. */
import { BridgeFailure } from '../failure';
import type { Request } from './messages';

type FieldType = 'string' | 'number' | 'boolean' | 'object';

const FIELDS: Record<Request['op'], Record<string, FieldType>> = {
  hello: {
    protocol: 'number',
    pid: 'number',
    python: 'string',
    python_version: 'string',
    implementation: 'string',
    free_threaded: 'boolean',
    gil_enabled: 'boolean',
    switch_interval_ns: 'number',
    run_store: 'string',
    environment: 'object'
  },
  start: { run: 'object', states: 'boolean' },
  stop: {
    run_id: 'string',
    began_ns: 'number',
    ended_ns: 'number',
    threads: 'object',
    gil_enabled: 'boolean'
  },
  cancel: { run_id: 'string' },
  doctor: {}
};

/** Fields that may be absent. */
const OPTIONAL_FIELDS: Partial<
  Record<Request['op'], Record<string, FieldType>>
> = {
  hello: { connection_file: 'string', store_cap: 'number' },
  start: {
    mode: 'string',
    depth: 'number',
    max_overhead: 'number',
    source: 'object',
    thread_board: 'object',
    save: 'string'
  },
  stop: {
    environment: 'object',
    source: 'object',
    save: 'string',
    save_relative_to: 'string'
  }
};

function isOperation(op: unknown): op is Request['op'] {
  return typeof op === 'string' && Object.hasOwn(FIELDS, op);
}

/** The id of a line, 0 if it has none: the failure's answer needs one. */
export function requestId(value: unknown): number {
  return typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'number'
    ? value.id
    : 0;
}

/**
 * The line as a request.
 * @throws BridgeFailure bad-request, naming the field.
 */
export function parseRequest(value: unknown): Request {
  if (
    typeof value !== 'object' ||
    value === null ||
    !('op' in value) ||
    !isOperation(value.op)
  ) {
    throw new BridgeFailure(
      'bad-request',
      'not a request that this bridge knows'
    );
  }
  const fields = new Map(Object.entries(value));
  for (const [name, type] of Object.entries(FIELDS[value.op])) {
    const field: unknown = fields.get(name);
    if (typeof field !== type || field === null) {
      throw new BridgeFailure(
        'bad-request',
        `${value.op}: ${name} must be a ${type}`
      );
    }
  }
  for (const [name, type] of Object.entries(OPTIONAL_FIELDS[value.op] ?? {})) {
    const field: unknown = fields.get(name);
    if (field !== undefined && (typeof field !== type || field === null)) {
      throw new BridgeFailure(
        'bad-request',
        `${value.op}: ${name} must be a ${type}`
      );
    }
  }
  return value as Request;
}
