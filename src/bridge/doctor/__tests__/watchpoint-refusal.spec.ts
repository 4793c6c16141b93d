import { BridgeFailure } from '../../failure';
import type { Privileges } from '../privileges';
import { testFailure } from '../test-failure';
import { explainWatchpoint, foretoldFixes } from '../watchpoint-refusal';

const USER: Privileges = {
  uid: 1000,
  capabilities: [],
  seccomp: 0,
  no_new_privileges: false,
  initial_user_namespace: true,
  perf_event_paranoid: 2
};
const DOCKER = { container: 'docker' } as const;
const REFUSED = new BridgeFailure('no-permission', 'perf may not record here');

// Debian has 3, Ubuntu 4; moby's default filter knows perf_event_open with capabilities only.
describe('what is needed beside perf', () => {
  it.each([
    [2, 0, {}, []],
    [3, 0, {}, ['lower-paranoid']],
    [3, 2, {}, ['lower-paranoid']],
    [2, 2, DOCKER, ['lift-seccomp']],
    [4, 2, DOCKER, ['lower-paranoid', 'lift-seccomp']]
  ])('paranoid %i, seccomp %i, %j', (paranoid, seccomp, place, fixes) => {
    const privileges = { ...USER, perf_event_paranoid: paranoid, seccomp };
    expect(foretoldFixes(privileges, place)).toEqual(fixes);
    const capable = { ...privileges, capabilities: ['CAP_PERFMON' as const] };
    expect(foretoldFixes(capable, place)).toEqual([]);
  });
});

describe('a watchpoint that is refused', () => {
  it('needs all that stands in its way', () => {
    const privileges = { ...USER, perf_event_paranoid: 3, seccomp: 2 };
    expect(explainWatchpoint(REFUSED, privileges, DOCKER).fix).toEqual([
      'lower-paranoid',
      'lift-seccomp'
    ]);
    expect(explainWatchpoint(REFUSED, privileges, {}).fix).toEqual([
      'lower-paranoid'
    ]);
    expect(explainWatchpoint(REFUSED, { ...USER, seccomp: 2 }, {}).fix).toEqual(
      ['lift-seccomp']
    );
  });

  // What perf 6.1 says of ENODEV and EOPNOTSUPP (tools/perf/util/evsel.c, evsel__open_strerror).
  it.each([
    ['No such device', ['other-machine']],
    ['Operation not supported', ['other-machine']],
    ['perf ended early (SIGKILL)', []]
  ])('%s', (said, fixes) => {
    const error = new BridgeFailure('perf-failed', said);
    expect(explainWatchpoint(error, USER, {})).toMatchObject({
      available: false,
      fix: fixes
    });
  });
});

describe('a test that fails', () => {
  it.each([
    ['not-trusted', ['other-python']],
    ['no-watchpoint', ['free-debug-register']],
    ['perf-failed', []]
  ] as const)('%s', (code, fixes) => {
    const { available, why, fix } = testFailure(new BridgeFailure(code, 'x'));
    expect([available, why, fix]).toEqual([false, 'x', fixes]);
  });

  it('does not end the doctor', () => {
    expect(testFailure(new SyntaxError('Unexpected end')).fix).toEqual([]);
  });
});
