/** Entry of the bundled bridge: `serve` for a kernel, `report` for the command line. */
import { errorMessage } from './failure';
import { report } from './report';
import { serve } from './serve';

/** Set by the bundler from package.json. */
declare const GILTRACER_VERSION: string;

async function main(args: readonly string[]): Promise<number> {
  switch (args[0]) {
    case 'serve':
      await serve(GILTRACER_VERSION);
      return 0;
    case 'report':
      return report(args.slice(1));
    default:
      process.stderr.write(
        'usage: bridge serve | report FILE [--format text|json]\n'
      );
      return 2;
  }
}

function exit(status: number): void {
  // A pipe takes its last bytes after write() has returned.
  process.stdout.write('', () => process.exit(status));
}

main(process.argv.slice(2)).then(exit, (error: unknown) => {
  process.stderr.write(`giltracer: ${errorMessage(error)}\n`);
  exit(1);
});
