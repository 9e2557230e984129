import { exitOnBrokenPipe } from './terminal.ts'
import { run } from './program.ts'
import { surroundingsOf } from './surroundings.ts'

/** Runs one command and leaves its exit code behind. The process ends when its streams are done. */
export const main = async (args: string[]): Promise<void> => {
  exitOnBrokenPipe()
  process.exitCode = await run(args, surroundingsOf(process))
}
