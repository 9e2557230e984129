import type { AuditVerification } from '@cadre/contract'
import type { Client } from '@cadre/contract/client'
import { verifyAuditFile } from '../audit-file.ts'
import { tellVerdict } from '../audit-verdict.ts'
import type { Action } from '../session.ts'

/** `cadre audit verify [FILE]` */
export const verifyAudit: Action<[file: string | undefined]> = async (
  { client, terminal, pathOf },
  [file],
) =>
  tellVerdict(
    file === undefined ? await verifyServer(client) : await verifyAuditFile(pathOf(file), file),
    terminal,
  )

/** A long chain takes several calls. */
const verifyServer = async (client: Client): Promise<AuditVerification> => {
  let sum = await client.audit.verify()
  while (sum.ok && sum.next_seq !== null) {
    const next = await client.audit.verify({ after_seq: sum.next_seq })
    sum = { ...next, checked: sum.checked + next.checked, first_seq: sum.first_seq }
  }
  return sum
}
