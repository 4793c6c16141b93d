/**
 * _Py_DebugOffsets: where CPython 3.13 and later keep their structures, written at the start of
 * _PyRuntime for tools that read a process from outside.
 *
 * Source: struct _Py_DebugOffsets in Include/internal/pycore_runtime.h (3.13.0) and
 * Include/internal/pycore_debug_offsets.h (3.14.10, 3.15.2): a cookie, then words of 8 bytes whose
 * order differs per minor version. Free-threaded builds have the same order.
 */
import type { Address } from '../units';
import { wordAt } from './memory';
import type { ReadMemory } from './memory';

/** "xdebugpy" */
const COOKIE = [0x78, 0x64, 0x65, 0x62, 0x75, 0x67, 0x70, 0x79];

const HEAD = ['cookie', 'version', 'free_threaded'];

const RUNTIME = section('runtime_state', 'size finalizing interpreters_head');

const THREAD_STATE_313 = section(
  'thread_state',
  'size prev next interp current_frame thread_id native_thread_id datastack_chunk status'
);
const INTERPRETER_314 = section(
  'interpreter_state',
  'size id next threads_head threads_main gc imports_modules sysdict builtins ceval_gil gil_runtime_state gil_runtime_state_enabled gil_runtime_state_locked gil_runtime_state_holder code_object_generation tlbc_generation'
);
const FRAME_314 = section(
  'interpreter_frame',
  'size previous executable instr_ptr localsplus owner stackpointer tlbc_index'
);
const CODE_313 = section(
  'code_object',
  'size filename name qualname linetable firstlineno argcount localsplusnames localspluskinds co_code_adaptive'
);
const OBJECT = section('pyobject', 'size ob_type');
const TYPE_313 = section('type_object', 'size tp_name tp_repr tp_flags');
const TUPLE_LIST = [
  ...section('tuple_object', 'size ob_item ob_size'),
  ...section('list_object', 'size ob_item ob_size')
];
const SET_314 = section('set_object', 'size used table mask');
const DICT_TO_BYTES = [
  ...section('dict_object', 'size ma_keys ma_values'),
  ...section('float_object', 'size ob_fval'),
  ...section('long_object', 'size lv_tag ob_digit'),
  ...section('bytes_object', 'size ob_size ob_sval')
];
const UNICODE_313 = section(
  'unicode_object',
  'size state length asciiobject_size'
);

/** The words in their order, up to the last one that is of use here. */
export const DEBUG_OFFSET_FIELDS: ReadonlyMap<number, readonly string[]> =
  new Map([
    [
      13,
      [
        ...HEAD,
        ...RUNTIME,
        ...section(
          'interpreter_state',
          'size id next threads_head gc imports_modules sysdict builtins ceval_gil gil_runtime_state gil_runtime_state_enabled gil_runtime_state_locked gil_runtime_state_holder'
        ),
        ...THREAD_STATE_313,
        ...section(
          'interpreter_frame',
          'size previous executable instr_ptr localsplus owner'
        ),
        ...CODE_313,
        ...OBJECT,
        ...TYPE_313,
        ...TUPLE_LIST,
        ...DICT_TO_BYTES,
        ...UNICODE_313
      ]
    ],
    [
      14,
      [
        ...HEAD,
        ...RUNTIME,
        ...INTERPRETER_314,
        ...THREAD_STATE_313,
        ...FRAME_314,
        ...CODE_313,
        'code_object.co_tlbc',
        ...OBJECT,
        ...TYPE_313,
        ...TUPLE_LIST,
        ...SET_314,
        ...DICT_TO_BYTES,
        ...UNICODE_313
      ]
    ],
    [
      15,
      [
        ...HEAD,
        ...RUNTIME,
        ...INTERPRETER_314,
        ...section(
          'thread_state',
          'size prev next interp current_frame base_frame last_profiled_frame last_profiled_frame_seq thread_id native_thread_id datastack_chunk status holds_gil gil_requested current_exception exc_state'
        ),
        'err_stackitem.exc_value',
        ...FRAME_314,
        ...CODE_313,
        'code_object.co_tlbc',
        ...OBJECT,
        ...TYPE_313,
        ...section('type_object', 'tp_basicsize tp_dictoffset'),
        ...section('heap_type_object', 'size ht_cached_keys'),
        ...TUPLE_LIST,
        ...SET_314,
        ...DICT_TO_BYTES,
        ...UNICODE_313,
        'unicode_object.compactunicodeobject_size'
      ]
    ]
  ]);

/** What the interpreter says of itself in the first words, in every version. */
export interface DebugOffsetsHead {
  /** The 13 of 3.13.0. */
  readonly minor: number;
  readonly freeThreaded: boolean;
}

/** The offsets that lead to the GIL, and all others by name. */
export interface DebugOffsets extends DebugOffsetsHead {
  /** In _PyRuntime: pointer to the newest interpreter. */
  readonly interpretersHead: number;
  /** In PyInterpreterState. */
  readonly interpreterId: number;
  readonly interpreterNext: number;
  /** In PyInterpreterState: pointer to the GIL in use. */
  readonly gil: number;
  /** In struct _gil_runtime_state. */
  readonly locked: number;
  readonly lastHolder: number;
  /**
   * A word by its name in the structure, for example `code_object.filename`; -1 if this version has
   * none of that name.
   */
  readonly field: (name: string) => number;
}

/**
 * @param runtime - address of _PyRuntime
 * @returns undefined where _PyRuntime doesn't start with the cookie: before 3.13
 * @throws what `read` throws
 */
export function readDebugOffsetsHead(
  read: ReadMemory,
  runtime: Address
): DebugOffsetsHead | undefined {
  const cookie = read(runtime, COOKIE.length);
  if (COOKIE.some((byte, index) => cookie[index] !== byte)) {
    return undefined;
  }
  const [version, freeThreaded] = words(read, runtime + 8, 2);
  return {
    // PY_VERSION_HEX: 0x030d00f0 is 3.13.0.
    minor: Math.floor(version / 2 ** 16) & 0xff,
    freeThreaded: freeThreaded !== 0
  };
}

/**
 * @param runtime - address of _PyRuntime
 * @returns undefined where _PyRuntime doesn't start with the cookie (before 3.13), or says that it is
 *   of a version whose order of words isn't known
 * @throws what `read` throws
 */
export function readDebugOffsets(
  read: ReadMemory,
  runtime: Address
): DebugOffsets | undefined {
  const head = readDebugOffsetsHead(read, runtime);
  const names = head && DEBUG_OFFSET_FIELDS.get(head.minor);
  if (head === undefined || names === undefined) {
    return undefined;
  }
  const values = words(read, runtime, names.length);
  const fields = new Map(names.map((name, index) => [name, values[index]]));
  const field = (name: string): number => fields.get(name) ?? -1;
  const gil = field('interpreter_state.gil_runtime_state');
  return {
    ...head,
    interpretersHead: field('runtime_state.interpreters_head'),
    interpreterId: field('interpreter_state.id'),
    interpreterNext: field('interpreter_state.next'),
    gil: field('interpreter_state.ceval_gil'),
    locked: field('interpreter_state.gil_runtime_state_locked') - gil,
    lastHolder: field('interpreter_state.gil_runtime_state_holder') - gil,
    field
  };
}

function section(structure: string, fields: string): string[] {
  return fields.split(' ').map(field => `${structure}.${field}`);
}

function words(read: ReadMemory, address: Address, count: number): number[] {
  const bytes = read(address, 8 * count);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: count }, (_, index) => wordAt(view, 8 * index));
}
