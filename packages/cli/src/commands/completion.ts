import type { Command } from 'commander'
import { completionScript, type Shell } from '../completion-script.ts'
import type { Action } from '../session.ts'

/** `cadre completion bash|zsh|fish`: made from the commands themselves, so it cannot fall behind. */
export const completionOf =
  (program: Command): Action<[shell: Shell]> =>
  async ({ terminal }, [shell]) =>
    terminal.line(completionScript(shell, program))
