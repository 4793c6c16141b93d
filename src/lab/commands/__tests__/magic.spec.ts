/** The same table as python_shim/tests/test_lab_commands.py, which reads with Python what is written here. */
import table from './cells.json';
import { addMagic, hasMagic, removeMagic, type IEdit } from '../magic-line';
import { magicLine, readOptions } from '../magic-options';

function apply(source: string, edits: readonly IEdit[]): string {
  return edits.reduce(
    (text, { start, end, text: added }) =>
      text.slice(0, start) + added + text.slice(end),
    source
  );
}

describe.each(table.cells)('$name', cell => {
  it('is known to be traced or not', () => {
    expect(hasMagic(cell.source)).toBe(cell.traced);
  });

  it('loses its magic and nothing else', () => {
    expect(apply(cell.source, removeMagic(cell.source))).toBe(cell.without);
  });

  it('gets the magic', () => {
    if (!cell.traced) {
      expect(apply(cell.source, [addMagic(cell.source, table.line)])).toBe(
        cell.with
      );
    }
    expect(hasMagic(cell.with)).toBe(true);
  });
});

it.each(table.options)('writes $line', ({ settings, line }) => {
  expect(magicLine(readOptions(settings))).toBe(line);
});
