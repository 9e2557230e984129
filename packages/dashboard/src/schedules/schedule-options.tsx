import type { MissedRunsPolicy, OverlapPolicy, TaskPriority } from '@cadre/contract'
import { ChevronRight } from 'lucide-react'
import { PRIORITIES, PRIORITY_WORDS } from '../tasks/task-words.ts'
import { Field, Select, TextInput } from '../ui/field.tsx'
import type { DraftFieldsProps } from './timing-fields.tsx'

const MISSED_WORDS: Record<MissedRunsPolicy, string> = {
  skip: 'Leave them out',
  run_once: 'Run the latest one',
  run_all: 'Run them all, up to 100',
}
const OVERLAP_WORDS: Record<OverlapPolicy, string> = {
  allow: 'Start another beside it',
  skip: 'Leave the run out',
}

/** What most schedules leave as it is. */
export const ScheduleOptions = ({ draft, change, errors }: DraftFieldsProps) => (
  <details className="group rounded-lg border border-line">
    <summary className="flex h-9 list-none items-center gap-1.5 rounded-lg px-3 text-sm text-muted hover:text-ink [&::-webkit-details-marker]:hidden">
      <ChevronRight size={14} aria-hidden className="transition-transform group-open:rotate-90" />
      Title, priority, missed and overlapping runs
    </summary>
    <div className="grid gap-4 p-3 pt-1 sm:grid-cols-2">
      <Field label="Title of its tasks" error={errors['task.title']}>
        {(control) => (
          <TextInput
            {...control}
            maxLength={200}
            value={draft.title}
            onChange={(event) => change({ title: event.target.value })}
          />
        )}
      </Field>
      <Field label="Priority" error={errors['task.priority']}>
        {(control) => (
          <Select
            {...control}
            value={draft.priority}
            onChange={(event) => change({ priority: event.target.value as TaskPriority })}
          >
            {PRIORITIES.map((priority) => (
              <option key={priority} value={priority}>
                {PRIORITY_WORDS[priority]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Runs missed while Cadre was down" error={errors['missed_runs']}>
        {(control) => (
          <Select
            {...control}
            value={draft.missedRuns}
            onChange={(event) => change({ missedRuns: event.target.value as MissedRunsPolicy })}
          >
            {Object.entries(MISSED_WORDS).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="While an earlier task is unfinished" error={errors['overlap']}>
        {(control) => (
          <Select
            {...control}
            value={draft.overlap}
            onChange={(event) => change({ overlap: event.target.value as OverlapPolicy })}
          >
            {Object.entries(OVERLAP_WORDS).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label="Spread"
        hint="Seconds that a start may be put off"
        error={errors['jitter_seconds']}
      >
        {(control) => (
          <TextInput
            {...control}
            inputMode="decimal"
            value={draft.jitterSeconds}
            placeholder="0"
            onChange={(event) => change({ jitterSeconds: event.target.value })}
          />
        )}
      </Field>
    </div>
  </details>
)
