import { BridgeFailure } from '../../failure';
import { CalibrationProgram, scriptPath } from '../dialogue';

// CPython leaves sys.executable empty where it is embedded; child_process.spawn('') throws a TypeError.
it('says that a Python does not know its program', () => {
  expect(() => new CalibrationProgram('', scriptPath())).toThrow(BridgeFailure);
  expect(() => new CalibrationProgram('', scriptPath())).toThrow(
    /sys\.executable is empty/
  );
});

it('says that a program can’t be started', async () => {
  const program = new CalibrationProgram('/nonexistent/python', scriptPath());
  await expect(program.readLine()).rejects.toThrow(/ENOENT/);
});
