/** What is known of registers and memory at one place in a function. */
import type { Operand, Source } from './data-effect';
import type { DataEffect } from './data-effect';

/** Something unknown plus a constant. */
export interface Value {
  /** Empty for a constant: the offset is its value. Two values of one origin differ by their offsets. */
  readonly origin: string;
  readonly offset: number;
}

/** Bytes from one place to another; undefined if it isn't known. */
export function distance(from: Value, to: Value): number | undefined {
  return from.origin === to.origin ? to.offset - from.offset : undefined;
}

export class ValueEnvironment {
  /** Registers by name, words of memory by their address. */
  private readonly known: Map<string, Value>;

  /**
   * @param entry - names the place from which on data is followed: what was there before is known as
   *   its value there
   */
  constructor(
    readonly entry: string,
    known: ReadonlyMap<string, Value> = new Map()
  ) {
    this.known = new Map(known);
  }

  copy(): ValueEnvironment {
    return new ValueEnvironment(this.entry, this.known);
  }

  register(name: string): Value {
    return this.at(name);
  }

  /** Names of the registers that hold a value. */
  registersWith({ origin, offset }: Value): string[] {
    return [...this.known]
      .filter(([, value]) => value.origin === origin && value.offset === offset)
      .map(([name]) => name)
      .filter(name => !name.startsWith('['));
  }

  addressOf({ base, offset }: Operand): Value {
    if (base === undefined) {
      return { origin: '', offset };
    }
    const value = this.register(base);
    return { origin: value.origin, offset: value.offset + offset };
  }

  /**
   * @param name - of the value, if nothing is known of it
   */
  evaluate(source: Source, name: string): Value {
    switch (source.kind) {
      case 'constant':
        return { origin: '', offset: source.value };
      case 'sum': {
        const { origin, offset } = this.register(source.register);
        return { origin, offset: offset + source.plus };
      }
      case 'load':
        return this.at(cellOf(this.addressOf(source.from)));
      default:
        return { origin: name, offset: 0 };
    }
  }

  /**
   * Runs one instruction.
   *
   * @param name - of the instruction
   */
  apply(effects: readonly DataEffect[], name: string): void {
    for (const effect of effects) {
      if (effect.kind === 'set') {
        const { register, value } = effect;
        this.known.set(register, this.evaluate(value, `${register} ${name}`));
      } else {
        this.known.set(
          cellOf(this.addressOf(effect.to)),
          this.evaluate(effect.value, `stored ${name}`)
        );
      }
    }
  }

  /** True if the same is known. */
  equals(other: ValueEnvironment): boolean {
    return (
      this.known.size === other.known.size &&
      [...this.known].every(([name, value]) => isSame(value, other.at(name)))
    );
  }

  /**
   * What is so on each of the ways that lead to one place. Values that differ from way to way by the same
   * become values of one new origin: what is known of one to another stays known.
   *
   * @param ways - at least one, all followed from one entry
   * @param place - names it
   * @param before - what was found at that place before: what differed stays different, so that an
   *   analysis of loops ends
   */
  static join(
    ways: readonly ValueEnvironment[],
    place: string,
    before: ValueEnvironment | undefined
  ): ValueEnvironment {
    const [first] = ways;
    const joined = new ValueEnvironment(first.entry);
    const groups = new Map<string, string[]>();
    for (const name of new Set(ways.flatMap(way => [...way.known.keys()]))) {
      const value = first.at(name);
      const earlier = before?.at(name).origin ?? '';
      const differed = earlier.endsWith(joinedAt(place));
      if (!differed && ways.every(way => isSame(way.at(name), value))) {
        joined.known.set(name, value);
        continue;
      }
      const differences = ways.map(way => {
        const { origin, offset } = way.at(name);
        return `${origin}+${offset - value.offset}`;
      });
      const key = [differed ? earlier : '', ...differences].join('|');
      const group = groups.get(key);
      if (group === undefined) {
        groups.set(key, [name]);
      } else {
        group.push(name);
      }
    }
    for (const group of groups.values()) {
      const [leader] = group.sort(byLength);
      const origin = `${leader}${joinedAt(place)}`;
      const base = first.at(leader).offset;
      for (const name of group) {
        const offset = first.at(name).offset - base;
        joined.known.set(name, { origin, offset });
      }
    }
    return joined;
  }

  private at(name: string): Value {
    return (
      this.known.get(name) ?? { origin: `${name} ${this.entry}`, offset: 0 }
    );
  }
}

/** Registers come first: names of places in memory have names of values in them, and would grow in loops. */
function byLength(left: string, right: string): number {
  return left.length - right.length || (left < right ? -1 : 1);
}

function joinedAt(place: string): string {
  return ` joined ${place}`;
}

function isSame(left: Value, right: Value): boolean {
  return left.origin === right.origin && left.offset === right.offset;
}

function cellOf({ origin, offset }: Value): string {
  return `[${origin}+${offset}]`;
}
