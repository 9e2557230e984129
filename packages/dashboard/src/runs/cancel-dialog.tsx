import type { RunDetail } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { Field, TextArea } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { formatMoney, formatNumberOf } from '../ui/format.ts'
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
  return (
    <FormDialog
      onClose={onClose}
      title="Cancel this run?"
      description="Its open steps are stopped. This cannot be taken back."
      className="max-w-md"
      submitLabel={recorded > 0 && isUndoing ? 'Cancel and undo' : 'Cancel run'}
      dismissLabel="Keep it"
      look="danger"
      focus="dismiss"
      sent={cancel}
      onSubmit={() => cancel.mutate()}
    >
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
    </FormDialog>
  )
}
