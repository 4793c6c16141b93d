/** Names of the commands, for palettes, menus and the parts of the extension that offer them. */
export const COMMANDS = {
  traceCell: 'giltracer:trace-cell',
  traceAndRunCell: 'giltracer:trace-and-run-cell',
  insertExample: 'giltracer:insert-example',
  openDoctor: 'giltracer:open-doctor',
  openSettings: 'giltracer:open-settings'
} as const;
