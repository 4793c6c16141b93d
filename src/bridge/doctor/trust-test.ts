/** Do the probes tell the truth on this Python? The test that each kernel goes through before its first exact run. */
import { calibrate } from '../calibration/calibrate';
import type {
  InterpreterCode,
  InterpreterCodeReader
} from '../probes/interpreter-code';
import type { Uprobes } from '../probes/uprobes';
import type { HelloRequest } from '../protocol/messages';
import { available, untried, type Finding } from './finding';
import { testFailure } from './test-failure';

/** What the test needs; undefined what is not there. */
export interface TrustNeeds {
  perf: string | undefined;
  uprobes: Uprobes | undefined;
  code: InterpreterCode | undefined;
  /** Probes can be set. */
  probes: boolean;
}

export async function tryTrust(
  { perf, uprobes, code, probes }: TrustNeeds,
  hello: HelloRequest,
  reader: InterpreterCodeReader
): Promise<Finding> {
  if (perf === undefined || uprobes === undefined || !probes) {
    return untried('not tried: no probe can be set');
  }
  if (code === undefined) {
    return untried('not tried: there is nothing in this Python to probe');
  }
  try {
    const { nsPerHit } = await calibrate(perf, uprobes, hello, code, reader);
    return available(
      `takes and drops of the GIL alternate as they must; a probe's hit costs ${(nsPerHit / 1000).toFixed(2)} us`
    );
  } catch (error) {
    return testFailure(error);
  }
}
