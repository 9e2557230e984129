import type { Task } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Ban, CopyPlus } from 'lucide-react'
import { useState } from 'react'
import { api, messageOf } from '../api/client.ts'
import { QuarantineActions } from '../quarantine/quarantine-actions.tsx'
import { useMay } from '../sign-in/permissions.ts'
import { BackLink } from '../ui/back-link.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { notify } from '../ui/toast.tsx'
import { NewTaskDialog } from './new-task-dialog.tsx'
import { nameOf } from './task-row.tsx'
import { StatusBadge, StatusIcon } from './task-status.tsx'

const CANCELLABLE: ReadonlySet<string> = new Set(['TODO', 'IN_PROGRESS'])

export const TaskHeader = ({ task }: { task: Task }) => {
  const [dialog, setDialog] = useState<'cancel' | 'again' | null>(null)
  const may = useMay()
  return (
    <header className="mb-5">
      <title>{`${nameOf(task)} · Cadre`}</title>
      <BackLink to="/">Tasks</BackLink>
      <div className="mt-1.5 flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="line-clamp-3 text-xl font-semibold tracking-tight">{nameOf(task)}</h1>
          <div className="mt-1.5 flex items-center gap-2">
            <span aria-live="polite" className="flex items-center gap-2">
              <StatusIcon isDecorative status={task.status} fraction={task.progress?.fraction} />
              <StatusBadge status={task.status} />
            </span>
            <code className="min-w-0 truncate font-mono text-xs text-faint">{task.id}</code>
            <CopyButton text={task.id} label="Copy the task's id" />
          </div>
        </div>
        <div className="flex gap-2">
          {task.status === 'QUARANTINED' && <QuarantineActions task={task} />}
          {may('task.create') && (
            <Button onClick={() => setDialog('again')}>
              <CopyPlus size={14} aria-hidden /> Run again
            </Button>
          )}
          {may('task.cancel') && CANCELLABLE.has(task.status) && (
            <Button onClick={() => setDialog('cancel')}>
              <Ban size={14} aria-hidden /> Cancel
            </Button>
          )}
        </div>
      </div>
      {dialog === 'again' && <NewTaskDialog from={task} onClose={() => setDialog(null)} />}
      {dialog === 'cancel' && <CancelDialog task={task} onClose={() => setDialog(null)} />}
    </header>
  )
}

const CancelDialog = ({ task, onClose }: { task: Task; onClose: () => void }) => {
  const cache = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => api.tasks.cancel(task.id),
    onSuccess: () => {
      notify('Task cancelled')
      onClose()
    },
    onError: (error) => notify(messageOf(error)),
    onSettled: () => cache.invalidateQueries({ queryKey: ['tasks', 'one', task.id] }),
  })
  return (
    <ConfirmDialog
      title="Cancel this task?"
      confirmLabel="Cancel task"
      dismissLabel="Keep it"
      isBusy={cancel.isPending}
      onConfirm={() => cancel.mutate()}
      onClose={onClose}
    >
      {task.status === 'IN_PROGRESS'
        ? 'The running attempt is stopped. What it has done so far is not undone.'
        : 'It will not be tried again. Its attempts stay on record.'}
    </ConfirmDialog>
  )
}
