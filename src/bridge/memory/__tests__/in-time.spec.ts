import { inTime } from '../in-time';

it('waits for what comes', async () => {
  await expect(inTime(Promise.resolve(), 10_000)).resolves.toBe(true);
});

it('and not for what does not', async () => {
  const never = new Promise<void>(() => undefined);
  const start = performance.now();
  await expect(inTime(never, 20)).resolves.toBe(false);
  expect(performance.now() - start).toBeLessThan(5_000);
});

it('hands on what went wrong', async () => {
  const broken = Promise.reject(new Error('broken'));
  await expect(inTime(broken, 10_000)).rejects.toThrow('broken');
});
