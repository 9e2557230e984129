import type { MarketplaceVersion } from '@cadre/contract'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { MARKET_KEY } from './use-market.ts'
import { WordDialog } from './word-dialog.tsx'

export type Decision = 'approve' | 'reject'

const TEXTS = {
  approve: {
    verb: 'Approve',
    text: 'It is listed at once, and everybody on this Cadre may run it.',
    hint: 'Kept with the version and in the audit log',
    done: 'is approved',
    look: 'primary',
  },
  reject: {
    verb: 'Reject',
    text: 'It is never listed. Its publisher reads the reason, and may publish another version.',
    hint: 'What its publisher should mend',
    done: 'is rejected',
    look: 'danger',
  },
} as const

/** A reviewer's word on a held version, with the reason that its publisher reads. */
export const DecisionDialog = ({
  version: { id, name, version },
  decision,
  onClose,
}: {
  version: MarketplaceVersion
  decision: Decision
  onClose: () => void
}) => {
  const { done, ...texts } = TEXTS[decision]
  const called = `${name} ${version}`
  const decide = useAction((reason: string) => api.marketplace[decision](id, { reason }), {
    done: `${called} ${done}`,
    touches: [MARKET_KEY],
    onDone: onClose,
    saysFaultItself: true,
  })
  return (
    <WordDialog
      {...texts}
      called={called}
      field="reason"
      isOptional={decision === 'approve'}
      sent={decide}
      onClose={onClose}
    />
  )
}
