import { writeAll } from './output'
import { proc_exit } from './wasi_snapshot_preview1'

/** Bad input: the sentence on stderr tells people what to change. */
const EXIT_BAD_INPUT = 1
/** A defect of the program itself (`EX_SOFTWARE` of sysexits). */
const EXIT_INTERNAL = 70

/**
 * Receives every `throw`. The compiler calls it instead of importing `env.abort`, so a program
 * says `throw new Error('A sentence for people.')` and ends with that sentence and exit code 1.
 * What the standard library throws (an index out of range, say) is our defect: exit code 70.
 */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const sentence = message === null ? 'The program stopped.' : message
  const isOurDefect = file !== null && file.startsWith('~lib/')
  const report = isOurDefect
    ? `Internal error: ${sentence} (${file}:${line}:${column})\n`
    : `${sentence}\n`
  const bytes = String.UTF8.encode(report)
  writeAll(2, changetype<usize>(bytes), bytes.byteLength)
  proc_exit(isOurDefect ? EXIT_INTERNAL : EXIT_BAD_INPUT)
}
