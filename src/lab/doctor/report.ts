/** What the doctor answers: python_shim/giltracer/doctor_page.py, in the form of its MIME type. */

export const DOCTOR_MIME_TYPE = 'application/vnd.giltracer.doctor.v1+json';

/** One way to lift what is missing: who does it where, and lines to paste. */
export interface IRemedy {
  title: string;
  lines: readonly string[];
}

export interface IDoctorReport {
  capabilities: readonly {
    name: string;
    /** null: could not be tried. */
    available: boolean | null;
    why: string;
  }[];
  /** Best first; empty where nothing can be traced at all. */
  rungs: readonly {
    mode: string;
    gives: string;
    available: boolean | null;
    why: string;
    remedies: readonly IRemedy[];
  }[];
  jupyter: {
    problems: readonly {
      what: string;
      command: string | null;
      then: string;
    }[];
  };
}

/** The same in the words of `giltracer doctor`. */
export interface IDoctorWords {
  subject: readonly string[];
  verdict: string;
  /** Of capabilities. */
  names: { readonly [capability: string]: string };
  cpus: string | null;
  kernel: string | null;
  /** Name and words of each side. */
  jupyter: readonly (readonly [string, string])[];
}
