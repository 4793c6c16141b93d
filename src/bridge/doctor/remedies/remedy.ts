/** One way to lift what is missing: who does it where, and the text to paste. */
export interface Remedy {
  title: string;
  /** Commands, or lines of a configuration file. */
  lines: string[];
}
