import type { Task } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api, messageOf } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { PayloadField, payloadOf, readPayload } from '../ui/payload-field.tsx'
import { notify } from '../ui/toast.tsx'

/** What a person can do with one task that needs one. */
export const QuarantineActions = ({ task }: { task: Task }) => {
  const [dialog, setDialog] = useState<'redrive' | 'purge' | null>(null)
  const may = useMay()
  const close = () => setDialog(null)
  return (
    <>
      {may('quarantine.redrive') && (
        <Button look="primary" onClick={() => setDialog('redrive')}>
          <RotateCcw size={14} aria-hidden /> Redrive
        </Button>
      )}
      {may('quarantine.purge') && (
        <Button onClick={() => setDialog('purge')}>
          <Trash2 size={14} aria-hidden /> Purge
        </Button>
      )}
      {dialog === 'redrive' && <RedriveDialog task={task} onClose={close} />}
      {dialog === 'purge' && <PurgeDialog task={task} onClose={close} />}
    </>
  )
}

const RedriveDialog = ({ task, onClose }: { task: Task; onClose: () => void }) => {
  const before = payloadOf(task.input)
  const [payload, setPayload] = useState(before)
  const [isReset, setReset] = useState(true)
  const cache = useQueryClient()
  const read = readPayload(payload)
  const isEdited = payload.text !== before.text || payload.kind !== before.kind
  const redrive = useMutation({
    mutationFn: () =>
      api.quarantine.redrive(task.id, {
        reset_retries: isReset,
        ...(isEdited && read.isValid ? { input: (read.value ?? null) as Task['input'] } : {}),
      }),
    onSuccess: () => {
      notify('The task is due again')
      onClose()
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ['tasks', 'one', task.id] }),
  })
  return (
    <FormDialog
      onClose={onClose}
      title="Redrive this task"
      description="It is due again at once. What was tried so far stays on record."
      submitLabel={isEdited ? 'Redrive with this input' : 'Redrive'}
      dismissLabel="Not now"
      isDisabled={!read.isValid}
      focus="submit"
      sent={redrive}
      onSubmit={() => redrive.mutate()}
    >
      <PayloadField value={payload} onChange={setPayload} rows={9} />
      <label className="flex items-center gap-2.5 text-sm">
        <input
          type="checkbox"
          checked={isReset}
          onChange={(event) => setReset(event.target.checked)}
          className="size-4 accent-accent"
        />
        Count failures from zero again
      </label>
    </FormDialog>
  )
}

const PurgeDialog = ({ task, onClose }: { task: Task; onClose: () => void }) => {
  const cache = useQueryClient()
  const purge = useMutation({
    mutationFn: () => api.quarantine.purge(task.id),
    onSuccess: () => {
      notify('Task purged')
      onClose()
    },
    onError: (error) => notify(messageOf(error)),
    onSettled: () => cache.invalidateQueries({ queryKey: ['tasks', 'one', task.id] }),
  })
  return (
    <ConfirmDialog
      title="Purge this task?"
      confirmLabel="Purge task"
      dismissLabel="Keep it"
      isBusy={purge.isPending}
      onConfirm={() => purge.mutate()}
      onClose={onClose}
    >
      It will not be tried again and leaves the inbox. It can be read until its time of retention is
      over.
    </ConfirmDialog>
  )
}
