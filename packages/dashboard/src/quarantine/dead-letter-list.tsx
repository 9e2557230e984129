import type { DeadLetter } from '@cadre/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { MailX, RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api, messageOf } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { STATUS_WORDS } from '../tasks/task-words.ts'
import { Button, IconButton } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { formatNumberOf, shortId } from '../ui/format.ts'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { Ago } from '../ui/time.tsx'
import { notify } from '../ui/toast.tsx'
import { useDeadLetters } from './use-quarantine.ts'

/** Messages that could not be delivered, the latest first. */
export const DeadLetterList = () => {
  const letters = useDeadLetters()
  return (
    <ListFrame
      label="dead letters"
      list={letters}
      items={letters.items}
      empty={
        <EmptyState icon={MailX} title="No dead letters">
          Messages that no consumer could take come here. Their tasks are not lost with them.
        </EmptyState>
      }
      footer={letters.items.length > 0 && <PurgeAll />}
    >
      {(letter) => <LetterRow key={letter.id} letter={letter} />}
    </ListFrame>
  )
}

const useLetterChange = (change: () => Promise<unknown>, done: string) => {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => notify(done),
    onError: (error) => notify(messageOf(error)),
    onSettled: () => cache.invalidateQueries({ queryKey: ['quarantine', 'dead-letters'] }),
  })
}

const LetterRow = ({ letter }: { letter: DeadLetter }) => {
  const may = useMay()
  const redispatch = useLetterChange(
    () => api.quarantine.redispatch(letter.id),
    'The task is dispatched anew',
  )
  const purge = useLetterChange(
    () => api.quarantine.purgeDeadLetters({ ids: [letter.id] }),
    'Dead letter purged',
  )
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <details className="min-w-0 flex-1">
        <summary className="cursor-pointer rounded-md text-sm">
          <span className="font-medium wrap-anywhere">{letter.reason}</span>
          <span className="mt-0.5 block truncate text-xs text-muted">
            <code className="font-mono">{letter.queue}</code> · delivered{' '}
            {formatNumberOf(letter.deliveries, 'time')} · <Ago at={letter.died_at} />
          </span>
        </summary>
        <pre
          tabIndex={0}
          aria-label="Headers"
          className="mt-2 overflow-auto rounded-lg bg-sunken p-3 font-mono text-xs wrap-anywhere whitespace-pre-wrap"
        >
          {JSON.stringify(letter.headers, null, 2)}
        </pre>
      </details>
      <TaskOfLetter letter={letter} />
      {may('quarantine.redrive') && letter.task_status === 'TODO' && (
        <IconButton
          label="Dispatch its task anew"
          disabled={redispatch.isPending}
          onClick={() => redispatch.mutate()}
        >
          <RotateCcw size={15} aria-hidden />
        </IconButton>
      )}
      {may('quarantine.purge') && (
        <IconButton
          label="Purge this dead letter"
          disabled={purge.isPending}
          onClick={() => purge.mutate()}
        >
          <Trash2 size={15} aria-hidden />
        </IconButton>
      )}
    </li>
  )
}

const TaskOfLetter = ({ letter }: { letter: DeadLetter }) =>
  letter.task_id === null || letter.task_status === null ? (
    <span className="shrink-0 text-xs text-faint">no task</span>
  ) : (
    <Link
      to="/tasks/$taskId"
      params={{ taskId: letter.task_id }}
      preload={false}
      className="shrink-0 rounded-md text-xs text-muted hover:text-ink"
    >
      {shortId(letter.task_id)} ·{' '}
      {STATUS_WORDS[letter.task_status as keyof typeof STATUS_WORDS]?.label ?? letter.task_status}
    </Link>
  )

const PurgeAll = () => {
  const [isAsked, setAsked] = useState(false)
  const may = useMay()
  const purge = useLetterChange(async () => {
    await api.quarantine.purgeDeadLetters({ all: true })
    setAsked(false)
  }, 'Dead letters purged')
  if (!may('quarantine.purge')) return null
  return (
    <>
      <Button onClick={() => setAsked(true)}>
        <Trash2 size={14} aria-hidden /> Purge all
      </Button>
      {isAsked && (
        <ConfirmDialog
          title="Purge all dead letters?"
          confirmLabel="Purge all"
          isBusy={purge.isPending}
          onConfirm={() => purge.mutate()}
          onClose={() => setAsked(false)}
        >
          Waiting tasks are dispatched anew by themselves; nothing but the messages is forgotten.
        </ConfirmDialog>
      )}
    </>
  )
}
