import type { MarketplaceVersion } from '@cadre/contract'
import { useState, type FormEvent } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, TextArea } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'
import { MARKET_KEY } from './use-market.ts'

export type Decision = 'approve' | 'reject'

const TEXTS = {
  approve: {
    title: 'Approve',
    text: 'It is listed at once, and everybody on this Cadre may run it.',
    hint: 'Kept with the version and in the audit log',
    done: 'is approved',
  },
  reject: {
    title: 'Reject',
    text: 'It is never listed. Its publisher reads the reason, and may publish another version.',
    hint: 'What its publisher should mend',
    done: 'is rejected',
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
  const [reason, setReason] = useState('')
  const { title, text, hint, done } = TEXTS[decision]
  const decide = useAction(
    () => {
      const said = { reason: reason.trim() }
      return decision === 'approve'
        ? api.marketplace.approve(id, said)
        : api.marketplace.reject(id, said)
    },
    {
      done: `${name} ${version} ${done}`,
      touches: [MARKET_KEY],
      onDone: onClose,
      saysFaultItself: true,
    },
  )
  const isMissing = decision === 'reject' && reason.trim() === ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isMissing) decide.mutate()
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`${title} ${name} ${version}?`}
      description={text}
      dismissedBy="escape"
      className="max-w-md"
    >
      <form onSubmit={submit} noValidate className="grid gap-4">
        <Field
          label="Reason"
          isOptional={decision === 'approve'}
          hint={hint}
          error={fieldErrors(decide.error)['reason']}
        >
          {(control) => (
            <TextArea
              {...control}
              data-initial-focus
              rows={3}
              maxLength={500}
              spellCheck
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <FormError error={decide.error} fields={['reason']} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it</Button>
          <Button
            type="submit"
            look={decision === 'approve' ? 'primary' : 'danger'}
            disabled={isMissing}
            isBusy={decide.isPending}
          >
            {title}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
