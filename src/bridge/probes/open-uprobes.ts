/** Finds out how probes can be defined here. */
import { BridgeFailure } from '../failure';
import { HelpedUprobes } from './helped-uprobes';
import { helperIsInstalled } from './helper-process';
import { findTracefs, RootsUprobes } from './tracefs';
import type { Uprobes } from './uprobes';

/**
 * By writing to tracefs; where that is closed to this user, by the probe helper.
 * @throws BridgeFailure no-tracefs or no-permission.
 */
export async function openUprobes(): Promise<Uprobes> {
  let tracefs: string;
  try {
    tracefs = findTracefs();
  } catch (error) {
    if (
      !(error instanceof BridgeFailure) ||
      error.code !== 'no-permission' ||
      !helperIsInstalled()
    ) {
      throw error;
    }
    try {
      return await HelpedUprobes.open();
    } catch (refused) {
      throw refused instanceof BridgeFailure
        ? new BridgeFailure(
            'no-permission',
            `${error.message}; ${refused.message}`
          )
        : refused;
    }
  }
  return new RootsUprobes(tracefs);
}
