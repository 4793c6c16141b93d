import { findGilSites } from '../sites';
import type { GilSites } from '../sites';
import { callers, linearSites } from './linear-listing';
import { checkSites } from './listing-oracle';
import { openElf, pythonBuilds } from './pythons';
import { strip } from './stripped';

const builds = pythonBuilds();
const withSymbols = builds.filter(({ hasSymbols }) => hasSymbols);
const stripped = builds.filter(({ hasSymbols }) => !hasSymbols);

console.info(
  [
    ...withSymbols.map(
      ({ version, library }) => `sites: ${version} ${library}`
    ),
    ...stripped.map(({ version, library }) => `stripped: ${version} ${library}`)
  ].join('\n')
);

/** The sites without the names of the functions they lie in, which a stripped file doesn't have. */
function places(sites: GilSites): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.entries(sites).map(([kind, list]) => [
      kind,
      (list as { body: string }[]).map(({ body: _, ...site }) => site)
    ])
  );
}

it('has a CPython with symbols to test with', () => {
  expect(withSymbols.length).toBeGreaterThan(0);
});

describe.each(withSymbols)('$version $library', ({ library, minor }) => {
  let sites: GilSites;

  beforeAll(() => {
    sites = checkSites(library, openElf(library));
  });

  it('has every site where objdump shows the calls', () => {
    for (const list of Object.values(sites) as unknown[][]) {
      expect(list.length).toBeGreaterThan(0);
    }
    expect(sites.request.map(({ instruction }) => instruction)).toEqual(
      sites.request.map(() => 'push')
    );
  });

  it('has the thread state where the source puts it', () => {
    // 3.8: take_gil(ceval, tstate); the clone without the constant ceval has tstate first.
    for (const { body, threadState } of sites.request) {
      expect([body, threadState]).toEqual([
        body,
        minor === 8 && !body.includes('constprop') ? 'si' : 'di'
      ]);
    }
  });

  it('has the same sites after it was stripped', () => {
    const copy = openElf(strip(library));
    expect(copy.hasSymbolTable).toBe(false);
    expect(places(findGilSites(copy))).toEqual(places(sites));
  });
});

if (stripped.length > 0) {
  describe.each(stripped)('stripped $version $library', ({ library }) => {
    const sites = findGilSites(openElf(library));
    const addresses = (kind: keyof GilSites): number[] =>
      sites[kind].map(({ address }) => address);

    it('has every drop and wait that objdump shows, and no other', () => {
      const {
        wait,
        wake,
        drop,
        yield: yields,
        yieldEnd
      } = linearSites(library);
      expect(drop.length).toBeGreaterThan(0);
      expect({
        wait: addresses('wait'),
        wake: addresses('wake'),
        drop: addresses('drop'),
        yield: addresses('yield'),
        yieldEnd: addresses('yieldEnd')
      }).toEqual({ wait, wake, drop, yield: yields, yieldEnd });
    });

    it('has the request where other functions call take_gil', () => {
      expect(sites.request).toMatchObject([{ threadState: 'di' }]);
      // Behind endbr64, if the function starts with it.
      const [{ address }] = sites.request;
      const calls = callers(library, address) + callers(library, address - 4);
      expect(calls).toBeGreaterThan(1);
    });
  });
}
