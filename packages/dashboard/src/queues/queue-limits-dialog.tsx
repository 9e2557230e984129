import type { ChangeQueue, Queue } from '@cadre/contract'
import { useState, type FormEvent } from 'react'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'
import { useChangeQueue } from './use-queues.ts'

const LIMITS = [
  {
    key: 'concurrency_max',
    label: 'At the same time',
    hint: 'Tasks started or about to, of all together',
    isWhole: true,
  },
  {
    key: 'concurrency_max_per_key',
    label: 'At the same time for each key',
    hint: 'Of tasks that were created with the same concurrency_key',
    isWhole: true,
  },
  { key: 'rate_per_second', label: 'Starts per second', hint: 'Such as 5, or 0.1', isWhole: false },
  {
    key: 'rate_burst',
    label: 'Starts at once after a rest',
    hint: 'Goes with the rate; one second of it unless given',
    isWhole: true,
  },
] as const
type Key = (typeof LIMITS)[number]['key']

/** Edits what a queue allows; an empty field lifts the limit. */
export const QueueLimitsDialog = ({ queue, onClose }: { queue: Queue; onClose: () => void }) => {
  const [texts, setTexts] = useState<Record<Key, string>>(() => textsOf(queue))
  const change = useChangeQueue(queue.name, onClose)
  const faults = faultsOf(texts)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (Object.keys(faults).length === 0) change.mutate(changeOf(texts, queue))
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      dismissedBy="escape"
      title={`Limits of ${queue.title}`}
      description="They hold for all processes together. An empty field means no limit."
    >
      <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
        {LIMITS.map(({ key, label, hint }, index) => (
          <TextField
            key={key}
            label={label}
            hint={hint}
            error={faults[key]}
            {...(index === 0 ? { 'data-initial-focus': true } : {})}
            inputMode="decimal"
            placeholder="no limit"
            disabled={key === 'rate_burst' && !hasRate(texts)}
            value={key === 'rate_burst' && !hasRate(texts) ? '' : texts[key]}
            onChange={(text) => setTexts({ ...texts, [key]: text })}
          />
        ))}
        {change.isError && (
          <div className="sm:col-span-2">
            <FormError error={change.error} />
          </div>
        )}
        <div className="mt-1 flex justify-end gap-2 sm:col-span-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={change.isPending}>
            Save limits
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const hasRate = (texts: Record<Key, string>): boolean => texts.rate_per_second.trim() !== ''

const textsOf = ({ limits }: Queue): Record<Key, string> => ({
  concurrency_max: limits.concurrency_max?.toString() ?? '',
  concurrency_max_per_key: limits.concurrency_max_per_key?.toString() ?? '',
  rate_per_second: limits.rate_per_second?.toString() ?? '',
  rate_burst: limits.rate_burst?.toString() ?? '',
})

const faultsOf = (texts: Record<Key, string>): Partial<Record<Key, string>> => {
  const faults: Partial<Record<Key, string>> = {}
  for (const { key, isWhole } of LIMITS) {
    const text = texts[key].trim()
    if (text === '') continue
    const value = Number(text)
    if (!(value > 0)) faults[key] = 'A number above 0, or nothing'
    else if (isWhole && !Number.isInteger(value)) faults[key] = 'A whole number'
  }
  if (!hasRate(texts)) delete faults.rate_burst
  return faults
}

const changeOf = (texts: Record<Key, string>, queue: Queue): ChangeQueue => {
  const before = textsOf(queue)
  const change: ChangeQueue = {}
  for (const { key } of LIMITS) {
    const text = texts[key].trim()
    if (text !== before[key]) change[key] = text === '' ? null : Number(text)
  }
  // The burst goes with the rate.
  if (!hasRate(texts)) delete change.rate_burst
  return change
}
