import { ringKib } from '../arguments';
import { readLockLimits, ringSizes } from '../ring-limits';

/** What the kernel counts for rings of a size on so many CPUs, against its limit (perf_mmap). */
function isAllowed(
  kib: number,
  cpus: number,
  userKibPerCpu: number,
  processKib: number
): boolean {
  return cpus * (kib + 4) <= cpus * userKibPerCpu + processKib;
}

it.each([
  [2, 516, 64],
  [2, 516, 8192],
  [8, 516, 8192],
  [64, 516, 8192],
  [1, 516, 0]
])('%d CPUs, %d KiB a CPU, %d KiB a process', (cpus, user, processKib) => {
  const sizes = ringSizes(cpus, { userKibPerCpu: user, processKib });
  for (const size of sizes) {
    expect(Number.isInteger(Math.log2(size))).toBe(true);
    expect(isAllowed(size, cpus, user, processKib)).toBe(true);
  }
  // The next larger one would not be, or is more than anybody has.
  const larger = 2 * sizes[0];
  expect(
    larger > ringKib(cpus) || !isAllowed(larger, cpus, user, processKib)
  ).toBe(true);
});

it('has what root has where nothing limits it', () => {
  const limits = { userKibPerCpu: 516, processKib: Infinity };
  expect(ringSizes(2, limits)[0]).toBe(ringKib(2));
});

it('tries a small one where nothing is allowed at all', () => {
  expect(ringSizes(4, { userKibPerCpu: 0, processKib: 0 })).toEqual([64]);
});

it('reads the limits of this process', () => {
  const { userKibPerCpu, processKib } = readLockLimits();
  expect(userKibPerCpu).toBeGreaterThan(0);
  expect(processKib).toBeGreaterThan(0);
});
