import type { AuditVerification } from '@cadre/contract'
import { EXIT_FAILED } from './failures.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'
import { count } from './wording.ts'

/** Says whether a log is sound; answers the exit code. */
export const tellVerdict = (verdict: AuditVerification, terminal: Terminal): number | void => {
  if (terminal.isJson) terminal.document(verdict)
  else if (verdict.broken === null) {
    terminal.line(`Sound: ${count(verdict.checked, 'record')}, up to ${verdict.last_seq}.`)
    terminal.line(`Last hash: ${printable(verdict.last_hash)}`)
  } else {
    const { seq, message } = verdict.broken
    terminal.line(`${terminal.paint('red', 'Broken')} at record ${seq}: ${printable(message)}`)
  }
  return verdict.ok ? undefined : EXIT_FAILED
}
