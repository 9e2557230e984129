import type { AuditVerification } from '@cadre/contract'
import { useMutation } from '@tanstack/react-query'
import { BadgeCheck, ShieldAlert, ShieldCheck } from 'lucide-react'
import { api, messageOf } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { formatCount, formatNumberOf } from '../ui/format.ts'
import { Callout } from '../ui/notice.tsx'

/** Lets the server walk the chain of hashes, and says whether it is whole. */
export const VerifyChain = () => {
  const verify = useMutation({ mutationFn: verifyAll })
  return (
    <div className="mb-3 flex flex-wrap items-center gap-3 rounded-xl border border-line bg-surface px-4 py-3 shadow-card">
      <div className="min-w-0 flex-1 basis-72 text-sm text-muted" aria-live="polite">
        {verify.isSuccess ? (
          <Verdict verdict={verify.data} />
        ) : verify.isError ? (
          <span className="text-bad">{messageOf(verify.error)}</span>
        ) : (
          'Each record carries the hash of the one before, so that nothing is changed or left out unseen.'
        )}
      </div>
      <Button isBusy={verify.isPending} onClick={() => verify.mutate()}>
        <ShieldCheck size={14} aria-hidden /> Verify
      </Button>
    </div>
  )
}

const Verdict = ({ verdict }: { verdict: AuditVerification }) =>
  verdict.broken === null ? (
    <span className="flex items-start gap-2 text-ink">
      <BadgeCheck size={16} aria-hidden className="mt-0.5 shrink-0 text-good" />
      <span className="min-w-0">
        Whole: {formatNumberOf(verdict.checked, 'record')} checked, up to record{' '}
        {formatCount(verdict.last_seq)}.
        <code className="mt-0.5 block truncate font-mono text-xs text-faint">
          {verdict.last_hash}
        </code>
      </span>
    </span>
  ) : (
    <Callout tone="bad" role="alert" icon={<ShieldAlert size={15} className="text-bad" />}>
      <strong className="font-medium">Broken at record {formatCount(verdict.broken.seq)}.</strong>{' '}
      {verdict.broken.message}
    </Callout>
  )

/** One call checks so many records; the next one goes on behind them. */
const verifyAll = async (): Promise<AuditVerification> => {
  let verdict = await api.audit.verify()
  let checked = verdict.checked
  while (verdict.next_seq !== null && verdict.broken === null) {
    verdict = await api.audit.verify({ after_seq: verdict.next_seq })
    checked += verdict.checked
  }
  return { ...verdict, checked }
}
