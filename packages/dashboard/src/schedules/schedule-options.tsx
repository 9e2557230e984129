import type { MissedRunsPolicy, OverlapPolicy } from '@cadre/contract'
import { PriorityField } from '../tasks/priority-field.tsx'
import { Field, Select, TextField } from '../ui/field.tsx'
import { MoreOptions } from '../ui/more-options.tsx'
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
  <MoreOptions
    summary={
      draft.work === 'task'
        ? 'Title, priority, missed and overlapping runs'
        : 'Missed and overlapping runs'
    }
  >
    {draft.work === 'task' && <TaskOptions draft={draft} change={change} errors={errors} />}
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
    <Field
      label={`While an earlier ${draft.work === 'task' ? 'task' : 'run'} is unfinished`}
      error={errors['overlap']}
    >
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
    {draft.work === 'task' && <SpreadField draft={draft} change={change} errors={errors} />}
  </MoreOptions>
)

const TaskOptions = ({ draft, change, errors }: DraftFieldsProps) => (
  <>
    <TextField
      label="Title of its tasks"
      error={errors['task.title']}
      maxLength={200}
      value={draft.title}
      onChange={(title) => change({ title })}
    />
    <PriorityField
      value={draft.priority}
      onChange={(priority) => change({ priority })}
      error={errors['task.priority']}
    />
  </>
)

const SpreadField = ({ draft, change, errors }: DraftFieldsProps) => (
  <TextField
    label="Spread"
    hint="Seconds that a start may be put off"
    error={errors['jitter_seconds']}
    inputMode="decimal"
    value={draft.jitterSeconds}
    placeholder="0"
    onChange={(jitterSeconds) => change({ jitterSeconds })}
  />
)
