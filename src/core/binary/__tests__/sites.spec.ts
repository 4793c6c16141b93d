import { SiteError, findGilSites } from '../sites';
import { checkSites } from './listing-oracle';
import { openElf, pythonBuilds } from './pythons';

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

it('has a CPython 3.8 to 3.13 with symbols to test with', () => {
  expect(withSymbols.length).toBeGreaterThan(0);
});

describe.each(withSymbols)('$version $library', ({ library, minor }) => {
  it('has every site where objdump shows the calls', () => {
    const elf = openElf(library);
    const sites = checkSites(library, elf);
    for (const list of Object.values(sites) as unknown[][]) {
      expect(list.length).toBeGreaterThan(0);
    }
    expect(sites.request.map(({ instruction }) => instruction)).toEqual(
      sites.request.map(() => 'push')
    );
  });

  it('has the thread state where the source puts it', () => {
    // 3.8: take_gil(ceval, tstate); the clone without the constant ceval has tstate first.
    for (const { body, threadState } of findGilSites(openElf(library))
      .request) {
      expect([body, threadState]).toEqual([
        body,
        minor === 8 && !body.includes('constprop') ? 'si' : 'di'
      ]);
    }
  });
});

describe.each(stripped)('stripped $library', ({ library }) => {
  it('says so', () => {
    let error: unknown;
    try {
      findGilSites(openElf(library));
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(SiteError);
    expect(error).toMatchObject({ code: 'no-symbols' });
    const { message } = error as SiteError;
    expect(message).toContain(library);
    expect(message).toContain('take_gil and drop_gil');
    expect(message).not.toContain('\n');
  });
});
