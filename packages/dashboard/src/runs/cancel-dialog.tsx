import type { RunDetail } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, TextArea } from '../ui/field.tsx'
import { formatMoney, formatNumberOf } from '../ui/format.ts'
import { FormError } from '../ui/notice.tsx'
import { notify } from '../ui/toast.tsx'
import { runKey } from './use-run.ts'

/** Cancels a run, by choice with what it did being undone. */
export const CancelDialog = ({ run, onClose }: { run: RunDetail; onClose: () => void }) => {
  const recorded = run.compensation?.recorded ?? 0
  const [isUndoing, setUndoing] = useState(true)
  const [reason, setReason] = useState('')
  const cache = useQueryClient()
  const cancel = useMutation({
    mutationFn: () =>
      api.runs.cancel(run.id, {
        compensate: recorded > 0 && isUndoing,
        ...(reason.trim() !== '' && { reason: reason.trim() }),
      }),
    onSuccess: ({ status }) => {
      notify(status === 'COMPENSATING' ? 'What was done is being undone' : 'Run cancelled')
      onClose()
    },
    onSettled: () => cache.invalidateQueries({ queryKey: runKey(run.id) }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    cancel.mutate()
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Cancel this run?"
      description="Its open steps are stopped. This cannot be taken back."
      dismissedBy="escape"
      className="max-w-md"
    >
      <form onSubmit={submit} className="grid gap-4">
        {recorded > 0 && (
          <label className="flex gap-2.5 text-sm">
            <input
              type="checkbox"
              checked={isUndoing}
              onChange={(event) => setUndoing(event.target.checked)}
              className="mt-0.5 size-4"
            />
            <span>
              Undo what was done first
              <span className="block text-xs text-muted">
                {formatNumberOf(recorded, 'compensation')} in reverse order, for about{' '}
                {formatMoney(run.compensation?.cost_to_undo ?? '0')}
              </span>
            </span>
          </label>
        )}
        <Field label="Reason" isOptional>
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              maxLength={2_000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <FormError error={cancel.error} />
        <div className="flex justify-end gap-2">
          <Button data-initial-focus onClick={onClose}>
            Keep it
          </Button>
          <Button type="submit" look="danger" isBusy={cancel.isPending}>
            {recorded > 0 && isUndoing ? 'Cancel and undo' : 'Cancel run'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
