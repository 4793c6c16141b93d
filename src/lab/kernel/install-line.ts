/** The line that installs giltracer where a kernel runs. */
import { quoted } from '../commands/magic-options';

/**
 * @param python the kernel's interpreter, if known
 * @param upgrade whether an older giltracer is there
 */
export function installLine(
  python: string | undefined,
  upgrade = false
): string {
  const option = upgrade ? ' --upgrade' : '';
  return `${quoted(python ?? 'python')} -m pip install${option} giltracer`;
}
