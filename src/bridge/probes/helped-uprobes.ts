/** Probes of an ordinary user, defined by the probe helper. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { append } from '../../core/grouping';
import { BridgeFailure } from '../failure';
import { usersRights, type PerfRights } from '../perf/perf-rights';
import { HelperProcess } from './helper-process';
import {
  PROBE_GROUP,
  REMOVE_DELAYS,
  type ProbeDefinition,
  type Uprobes
} from './uprobes';

/** `ID: 1234` in an event's format. */
const ID = /^ID: (\d+)$/m;

export class HelpedUprobes implements Uprobes {
  /** @throws BridgeFailure no-permission with the reason. */
  static async open(): Promise<HelpedUprobes> {
    return new HelpedUprobes(await HelperProcess.start(), makeFolder());
  }

  private constructor(
    private readonly _helper: HelperProcess,
    /** What perf takes for tracefs. */
    private readonly _folder: string
  ) {
    // A second perf takes over when tracing costs too much.
    this.rights = usersRights(2, _folder);
    // perf copies these into its stream; empty ones will do (tools/perf/util/trace-event-info.c).
    mkdirSync(join(_folder, 'events', 'ftrace'), { recursive: true });
    for (const name of ['header_page', 'header_event']) {
      writeFileSync(join(_folder, 'events', name), '');
    }
  }

  readonly rights: PerfRights;

  get usable(): boolean {
    return !this._helper.ended;
  }

  async define(pid: number, probes: readonly ProbeDefinition[]): Promise<void> {
    for (const [library, ofLibrary] of byFile(probes)) {
      const { formats } = await this._helper.request({
        op: 'define',
        pid,
        library,
        probes: ofLibrary.map(({ name, offsets, fetch, atReturn }) => ({
          name,
          offsets,
          fetch,
          at_return: atReturn
        }))
      });
      for (const [name, format] of Object.entries(formats as object)) {
        this._writeFormat(name, String(format));
      }
    }
  }

  async hits(names: readonly string[]): Promise<number> {
    const { hits } = await this._helper.request({ op: 'hits' });
    const counted = hits as Readonly<Record<string, number>>;
    return names.reduce((sum, name) => sum + (counted[name] ?? 0), 0);
  }

  async remove(names: readonly string[]): Promise<void> {
    let left = names;
    for (const delay of REMOVE_DELAYS) {
      await new Promise(resolve => setTimeout(resolve, delay));
      if (this._helper.ended) {
        // It has removed them, or goes on trying.
        return;
      }
      const { busy } = await this._helper.request({
        op: 'remove',
        names: left
      });
      left = busy as readonly string[];
      if (left.length === 0) {
        break;
      }
    }
    for (const name of names) {
      rmSync(this._event(name), { recursive: true, force: true });
    }
    if (left.length > 0) {
      throw new BridgeFailure(
        'perf-failed',
        `probes are still in use: ${left.join(', ')}`
      );
    }
  }

  async removeLeftovers(): Promise<void> {
    // The helper did as it started.
  }

  close(): void {
    this._helper.close();
    rmSync(this._folder, { recursive: true, force: true });
  }

  private _writeFormat(name: string, format: string): void {
    const folder = this._event(name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'format'), format);
    writeFileSync(join(folder, 'id'), `${ID.exec(format)?.[1] ?? ''}\n`);
  }

  private _event(name: string): string {
    return join(this._folder, 'events', PROBE_GROUP, name);
  }
}

/** A folder of this user's alone; supervisor.sh removes the one of this name behind a bridge that was killed. */
function makeFolder(): string {
  const folder = join(tmpdir(), `giltracer-${process.pid}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  } catch {
    // Somebody else's, or left behind.
    return mkdtempSync(`${folder}-`);
  }
}

function byFile(
  probes: readonly ProbeDefinition[]
): Map<string, ProbeDefinition[]> {
  const files = new Map<string, ProbeDefinition[]>();
  for (const probe of probes) {
    append(files, probe.path, probe);
  }
  return files;
}
