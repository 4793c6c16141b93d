/** Which rows a reader wants to see: words, and limits such as `>1ms`. */
import type { Column } from './table-model';

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9
};

const LIMIT = /^([<>])=?(\d+(?:\.\d+)?)(ns|us|[µμ]s|ms|s)$/;

/**
 * Rows have each word of the text in one of their texts, upper and lower case alike; `>1ms` and `<20us` are limits for the
 * time column `timeKey`, without one for the first.
 *
 * @returns undefined if the text asks for nothing
 */
export function rowFilter<Row>(
  text: string,
  columns: readonly Column<Row>[],
  timeKey?: string
): ((row: Row) => boolean) | undefined {
  const times = columns.filter(({ unit }) => unit === 'ns');
  const time = times.find(({ key }) => key === timeKey) ?? times.at(0);
  const tests = text
    .toLowerCase()
    .split(/\s+/)
    .filter(word => word !== '')
    .map(word => {
      const limit = LIMIT.exec(word);
      return limit !== null && time !== undefined
        ? timeTest(time, limit[1] === '>', Number(limit[2]) * UNITS[limit[3]])
        : wordTest(columns, word);
    });
  return tests.length === 0 ? undefined : row => tests.every(fits => fits(row));
}

function timeTest<Row>(
  column: Column<Row>,
  above: boolean,
  limit: number
): (row: Row) => boolean {
  return row => {
    const { value } = column.cell(row);
    return (
      typeof value === 'number' && (above ? value >= limit : value <= limit)
    );
  };
}

function wordTest<Row>(
  columns: readonly Column<Row>[],
  word: string
): (row: Row) => boolean {
  return row =>
    columns.some(column => {
      const { text, title = '' } = column.cell(row);
      return (
        text.toLowerCase().includes(word) ||
        // The title of a name has it in full.
        (!column.numeric && title.toLowerCase().includes(word))
      );
    });
}
