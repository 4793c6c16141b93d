/**
 * What is to be probed: sites found in the interpreter's code, with the arguments that each probe
 * fetches (DESIGN: request, wake, drop, yield, yield_end).
 */

/** One probe, before it has the bridge's pid in its name. */
export interface PlannedProbe {
  /** Site, made unique if a site stands in several bodies: `request`, `request2`. */
  name: string;
  /** Offset in the file. */
  offset: number;
  /** Fetch arguments as uprobe_events takes them. */
  fetch: string;
}

export interface ProbePlan {
  /** Path of the file that holds the code, as the traced process maps it. */
  library: string;
  /** Device, inode, size and modification time: the same as long as the code is the same. */
  identity: string;
  probes: PlannedProbe[];
}
