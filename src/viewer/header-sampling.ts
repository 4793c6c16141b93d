/** What a reader must know of a sampled run. */
import type { CaptureInfo, SamplingInfo } from '../core/trace/document';
import type { Fact } from './capture-facts';
import { formatCount, formatDuration, formatPercent } from './format';
import type { ITranslation } from './translation';

/** The rung. */
export function sampleFact(trans: ITranslation): Fact {
  return {
    text: trans.__('sample: read from outside'),
    title: trans.__(
      'The threads were looked at again and again: all times are estimates, ± is the 95 % interval. How often something happened is not known, and several short waits may look like one'
    ),
    warning: false
  };
}

/** How the threads were read. */
export function samplingFacts(
  sampling: SamplingInfo,
  trans: ITranslation
): Fact[] {
  const { rounds, dropped, readings, unread_ns: unread = 0 } = sampling;
  return [
    {
      text: trans.__(
        '%1 rounds, every %2',
        formatCount(rounds),
        formatDuration(sampling.period_ns)
      ),
      title: trans.__(
        'Each round looks who holds the GIL; each thread was read every %1',
        formatDuration(sampling.thread_period_ns)
      ),
      warning: false
    },
    ...(dropped > 0
      ? [
          {
            text: trans.__(
              '%1 of %2 readings dropped',
              formatCount(dropped),
              formatCount(readings + dropped)
            ),
            title: trans.__('The thread went on while it was read'),
            warning: false
          }
        ]
      : []),
    ...(unread > 0
      ? [
          {
            text: trans.__('%1 not read', formatDuration(unread)),
            title: trans.__(
              'The reader got no CPU, or did not run: threads are unknown there'
            ),
            warning: true
          }
        ]
      : []),
    {
      text: trans.__(
        'reading took %1 of a CPU',
        formatPercent(sampling.cpu_percent)
      ),
      warning: false
    }
  ];
}

/** Why the run is not on the best rung, if that was not asked for; '' if it is. */
export function insteadWords(
  { mode: taken, instead_of: insteadOf }: CaptureInfo,
  trans: ITranslation
): string {
  if (insteadOf === undefined) {
    return '';
  }
  const { mode, reason } = insteadOf;
  if (taken === 'futex') {
    return trans.__(
      'Recorded by futex calls: mode %1, which sees each take and drop, locks and the garbage collector too, is not possible here: %2 (run %giltracer_doctor, or giltracer doctor in a shell)',
      mode,
      reason
    );
  }
  if (taken === 'watch') {
    return trans.__(
      'Recorded by watchpoints: mode %1, which costs less and sees locks and the garbage collector too, is not possible here: %2 (run %giltracer_doctor, or giltracer doctor in a shell)',
      mode,
      reason
    );
  }
  return trans.__(
    'Sampled: mode %1, which sees each take and wait, is not possible here: %2 (run %giltracer_doctor, or giltracer doctor in a shell)',
    mode,
    reason
  );
}
