import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { DEBUG_OFFSET_FIELDS } from '../debug-offsets';
import { calibrateFrameLayout } from '../frame-calibration';
import type { FrameEvidence } from '../frame-calibration';
import {
  LayoutError,
  frameFetch,
  layoutFromDebugOffsets
} from '../frame-layout';
import { interpreters, layoutOf, startCalibration } from './interpreters';
import type { Program } from './interpreters';

// By the debug information of pyenv's builds of 3.8.18 to 3.13.0, and the headers of 3.14.10 and 3.15.2.
const KNOWN: Record<
  number,
  [path: number[], code: number, instruction: number, bytecode: number]
> = {
  8: [[24], 32, 104, 48],
  9: [[24], 32, 104, 48],
  10: [[24], 32, 96, 48],
  11: [[56, 8], 32, 56, 184],
  12: [[56, 0], 0, 56, 192],
  13: [[72], 0, 56, 200],
  14: [[72], 0, 56, 208],
  15: [[72], 0, 56, 208]
};

// By offsetof in the headers of 3.8.18 to 3.13.0, 3.14.10 and 3.15.2: f_localsplus and f_gen; localsplus and cr_iframe.
const COROUTINE: Record<number, [firstLocal: number, offset: number]> = {
  8: [360, 96],
  9: [360, 96],
  10: [352, 88],
  11: [72, 80],
  12: [72, 72],
  13: [72, 72],
  14: [80, 72],
  15: [80, 72]
};

describe.each(interpreters())('Python $version', interpreter => {
  const { minor, executable } = interpreter;

  it('is found as its headers have it', async () => {
    const { framePath, frame, code, foundBy } = await layoutOf(interpreter);
    expect([framePath, frame.code, frame.instruction, code.bytecode]).toEqual(
      KNOWN[minor]
    );
    expect(foundBy).toBe(minor < 13 ? 'calibration' : 'debug-offsets');
  });

  it('leads from frames to coroutines as its headers have it', async () => {
    const { coroutine } = await layoutOf(interpreter);
    const [firstLocal, offset] = COROUTINE[minor];
    const kind = minor < 11 ? 'pointer' : 'embedded';
    expect(coroutine).toEqual({ firstLocal, kind, offset });
  });

  it('does without coroutines where the evidence does not fit', async () => {
    const { program, evidence } = await startCalibration(interpreter);
    const { nest, generator } = evidence;
    for (const change of [
      { nest: nest + 16 },
      { generator: generator + 1024 },
      { nest: 0, generator: 0 }
    ]) {
      const { coroutine, frame } = calibrateFrameLayout(
        { ...evidence, ...change },
        program.read,
        program.threadState,
        minor,
        program.runtime
      );
      expect(coroutine).toBeUndefined();
      expect(frame.code).toBe(KNOWN[minor][1]);
    }
    program.stop();
  });

  it('is not believed where the evidence says otherwise', async () => {
    const { program, evidence } = await startCalibration(interpreter);
    const attempt = (changed: FrameEvidence): void => {
      calibrateFrameLayout(
        changed,
        program.read,
        program.threadState,
        minor,
        program.runtime
      );
    };
    try {
      attempt(evidence);
      const [, caller] = evidence.frames;
      const changes: Partial<typeof caller>[] = [
        { code: caller.code + 64 },
        { line: caller.line + 1 },
        { file: 'elsewhere.py' },
        { func: 'other' },
        ...(minor < 13
          ? [
              { lasti: (caller.lasti ?? 0) + 2 },
              { filename: caller.filename + 16 },
              { name: caller.name + 16 },
              { line_table: caller.line_table + 16 },
              { first_line: caller.first_line + 1 },
              { generator: !caller.generator }
            ]
          : []),
        ...(minor < 11
          ? [{ frame: caller.frame + 16 }, { bytecode: caller.bytecode + 16 }]
          : [])
      ];
      for (const change of changes) {
        const frames = [...evidence.frames];
        frames[1] = { ...caller, ...change };
        expect(() => attempt({ ...evidence, frames })).toThrow(LayoutError);
      }
      expect(() => attempt({ ...evidence, frames: [] })).toThrow(LayoutError);
      expect(() =>
        attempt({ ...evidence, frames: evidence.frames.slice().reverse() })
      ).toThrow(LayoutError);
    } finally {
      program.stop();
    }
  });

  it('ends with a line where the memory is not the program’s', async () => {
    const { program, evidence } = await startCalibration(interpreter);
    const reads: Program['read'][] = [
      (_, length) => new Uint8Array(length),
      (_, length) => new Uint8Array(length).fill(255),
      (_, length) => Uint8Array.from({ length }, (__, at) => (at * 37) & 255),
      () => {
        throw new Error('EIO');
      }
    ];
    for (const read of reads) {
      for (const address of [program.threadState, 0, -8, NaN, 2 ** 60]) {
        expect(() =>
          calibrateFrameLayout(evidence, read, address, minor, program.runtime)
        ).toThrow(LayoutError);
      }
    }
    program.stop();
  });

  const include = execFileSync(
    executable,
    ['-c', 'import sysconfig; print(sysconfig.get_path("include"))'],
    { encoding: 'utf8' }
  ).trim();
  const header = ['pycore_debug_offsets.h', 'pycore_runtime.h']
    .map(name => path.join(include, 'internal', name))
    .find(file => minor >= 13 && fs.existsSync(file));
  if (header !== undefined) {
    it('publishes its offsets in the order of its header', () => {
      const text = fs.readFileSync(header, 'utf8');
      const body =
        /typedef struct _Py_DebugOffsets \{([\s\S]*?)\} _Py_DebugOffsets;/.exec(
          text
        )?.[1] ?? '';
      const names: string[] = ['cookie', 'version', 'free_threaded'];
      for (const [, fields, structure] of body.matchAll(
        /struct \w*\s*\{([^}]*)\} (\w+);/g
      )) {
        for (const [, field] of fields.matchAll(/uint64_t (\w+);/g)) {
          names.push(`${structure}.${field}`);
        }
      }
      const known = DEBUG_OFFSET_FIELDS.get(minor) ?? [];
      expect(known.length).toBeGreaterThan(60);
      expect(known).toEqual(names.slice(0, known.length));
    });
  }
});

it('refuses tables that make no sense', () => {
  const memory = new Uint8Array(4096);
  const view = new DataView(memory.buffer);
  const attempt = (): unknown =>
    layoutFromDebugOffsets(
      (address, length) =>
        memory.slice(address - 4096, address - 4096 + length),
      4096
    );
  expect(attempt).toThrow(/does not publish/);
  memory.set(Buffer.from('xdebugpy'));
  view.setUint32(8, 0x031000f0, true);
  expect(attempt).toThrow(/unknown form/);
  view.setUint32(8, 0x030e00f0, true);
  expect(attempt).not.toThrow();
  view.setUint32(16, 1, true);
  expect(attempt).toThrow(/free-threaded/);
  view.setUint32(16, 0, true);
  const word = DEBUG_OFFSET_FIELDS.get(14)?.indexOf('code_object.filename');
  view.setUint32(8 * (word ?? 0) + 4, 1, true);
  expect(attempt).toThrow(LayoutError);
  expect(() =>
    layoutFromDebugOffsets(() => {
      throw new Error('EIO');
    }, 4096)
  ).toThrow(LayoutError);
});

it('writes a frame as arguments of a probe', async () => {
  const fetches = new Map<number, ReturnType<typeof frameFetch>[]>();
  for (const interpreter of interpreters()) {
    const layout = await layoutOf(interpreter);
    fetches.set(interpreter.minor, [
      frameFetch(layout, '%di'),
      frameFetch(layout, '@0x7f0000000000', 1)
    ]);
    expect(() => frameFetch(layout, '@0x7f0000000000', 30)).toThrow(
      LayoutError
    );
  }
  const expected: [number, ReturnType<typeof frameFetch>[]][] = [
    [
      9,
      [
        { code: '+32(+24(%di)):x64', instruction: '+104(+24(%di)):s32' },
        {
          code: '+32(+24(+24(@0x7f0000000000))):x64',
          instruction: '+104(+24(+24(@0x7f0000000000))):s32'
        }
      ]
    ],
    [
      12,
      [
        {
          code: '+0(+0(+56(%di))):x64',
          instruction: '+56(+0(+56(%di))):x64'
        },
        {
          code: '+0(+8(+0(+56(@0x7f0000000000)))):x64',
          instruction: '+56(+8(+0(+56(@0x7f0000000000)))):x64'
        }
      ]
    ],
    [
      13,
      [
        { code: '+0(+72(%di)):x64', instruction: '+56(+72(%di)):x64' },
        {
          code: '+0(+8(+72(@0x7f0000000000))):x64',
          instruction: '+56(+8(+72(@0x7f0000000000))):x64'
        }
      ]
    ]
  ];
  for (const [minor, fetch] of expected) {
    if (fetches.has(minor)) {
      expect(fetches.get(minor)).toEqual(fetch);
    }
  }
});
