import { everyBatch, type BulkAnswer } from '@cadre/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { RotateCcw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { nameOf } from '../tasks/task-row.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { formatNumberOf } from '../ui/format.ts'
import { FormError } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { notify } from '../ui/toast.tsx'
import { filterOf, type QuarantineSearch } from './quarantine-search.ts'

type Kind = 'redrive' | 'purge'

const WORDS = {
  redrive: {
    title: 'Redrive them all?',
    confirm: 'Redrive',
    done: 'redriven',
    note: 'They are due again at once, and their failures are counted from zero.',
  },
  purge: {
    title: 'Purge them all?',
    confirm: 'Purge',
    done: 'purged',
    note: 'They will not be tried again. They can be read until their time of retention is over.',
  },
} as const

const callOf = (kind: Kind, search: QuarantineSearch) => {
  const filter = filterOf(search)
  return (request: { dry_run: boolean; cursor?: string }) =>
    kind === 'redrive'
      ? api.quarantine.redriveMany({ filter, ...request })
      : api.quarantine.purgeMany({ filter, ...request })
}

/** What a person can do with everything that the address describes. */
export const BulkActions = ({ search, what }: { search: QuarantineSearch; what: string }) => {
  const [kind, setKind] = useState<Kind | null>(null)
  const may = useMay()
  return (
    <>
      {may('quarantine.redrive') && (
        <Button look="primary" onClick={() => setKind('redrive')}>
          <RotateCcw size={14} aria-hidden /> Redrive {what}
        </Button>
      )}
      {may('quarantine.purge') && (
        <Button onClick={() => setKind('purge')}>
          <Trash2 size={14} aria-hidden /> Purge {what}
        </Button>
      )}
      {kind !== null && <BulkDialog kind={kind} search={search} onClose={() => setKind(null)} />}
    </>
  )
}

const BulkDialog = ({
  kind,
  search,
  onClose,
}: {
  kind: Kind
  search: QuarantineSearch
  onClose: () => void
}) => {
  const cache = useQueryClient()
  const words = WORDS[kind]
  const call = callOf(kind, search)
  const rehearsal = useQuery({
    queryKey: ['quarantine', 'rehearsal', kind, search],
    queryFn: () => call({ dry_run: true }),
    staleTime: 0,
    gcTime: 0,
  })
  const [doneCount, setDoneCount] = useState(0)
  const change = useMutation({
    mutationFn: () =>
      everyBatch(
        (cursor) => call({ dry_run: false, cursor }),
        (sum) => setDoneCount(sum.changed),
      ),
    onSuccess: (answer) => {
      notify(doneWords(answer, words.done))
      onClose()
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ['quarantine'] }),
  })
  const matched = rehearsal.data?.matched
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={words.title}
      dismissedBy={change.isPending ? 'nothing' : 'anything'}
      className="max-w-md"
    >
      <div className="text-sm text-muted" aria-live="polite">
        {matched === undefined ? (
          <Skeleton className="h-5 w-40" />
        ) : (
          <p>
            <strong className="font-semibold text-ink">{formatNumberOf(matched, 'task')}</strong>{' '}
            {matched === 1 ? 'matches' : 'match'} now. {matched > 0 && words.note}
          </p>
        )}
        <Sample answer={rehearsal.data} />
        {change.isPending && doneCount > 0 && <p className="mt-2">{doneCount} done so far …</p>}
      </div>
      <FormError error={rehearsal.error ?? change.error} />
      <div className="mt-5 flex justify-end gap-2">
        <Button data-initial-focus onClick={onClose} disabled={change.isPending}>
          Leave them
        </Button>
        <Button
          look={kind === 'purge' ? 'danger' : 'primary'}
          isBusy={change.isPending}
          disabled={matched === undefined || matched === 0}
          onClick={() => change.mutate()}
        >
          {words.confirm} {matched !== undefined && formatNumberOf(matched, 'task')}
        </Button>
      </div>
    </Dialog>
  )
}

const SAMPLE_SHOWN = 5

const Sample = ({ answer }: { answer: BulkAnswer | undefined }) => (
  <ul className="mt-3 divide-y divide-line rounded-lg border border-line empty:hidden">
    {answer?.sample.slice(0, SAMPLE_SHOWN).map((task) => (
      <li key={task.id} className="truncate px-3 py-1.5 text-xs">
        {nameOf(task)}
      </li>
    ))}
  </ul>
)

const doneWords = ({ changed, skipped }: BulkAnswer, done: string): string =>
  skipped === 0
    ? `${formatNumberOf(changed, 'task')} ${done}`
    : `${formatNumberOf(changed, 'task')} ${done}, ${skipped} left: changed meanwhile, or the agent is gone`
