import type { Schedule } from '@cadre/contract'
import { useState } from 'react'
import { fieldErrors } from '../api/client.ts'
import { TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { readPayload } from '../ui/payload-field.tsx'
import { NextRunsPreview } from './next-runs-preview.tsx'
import { draftFrom, timesOf, type ScheduleDraft } from './schedule-draft.ts'
import { ScheduleOptions } from './schedule-options.tsx'
import { TimingFields } from './timing-fields.tsx'
import { useSaveSchedule } from './use-schedules.ts'
import { WorkFields } from './work-fields.tsx'

/** Fields of the body that say their own faults. */
const FIELDS = [
  'name',
  'cron',
  'every_seconds',
  'at',
  'time_zone',
  'task',
  'workflow',
  'context',
  'jitter_seconds',
]

export interface ScheduleDialogProps {
  onClose: () => void
  /** Left out: a new one. */
  schedule?: Schedule
}

/** Creates a schedule or changes one. */
export const ScheduleDialog = ({ onClose, schedule }: ScheduleDialogProps) => {
  const [draft, setDraft] = useState(() => draftFrom(schedule))
  const [isTried, setTried] = useState(false)
  const change = (part: Partial<ScheduleDraft>) => setDraft((last) => ({ ...last, ...part }))
  const times = timesOf(draft)
  const save = useSaveSchedule(schedule, onClose)
  const faults = faultsOf(draft)
  const errors = { ...fieldErrors(save.error), ...(isTried ? faults : {}) }

  const submit = () => {
    setTried(true)
    if (Object.keys(faults).length > 0 || times === null || !isReadable(draft)) return
    save.mutate({ draft, times })
  }

  return (
    <FormDialog
      onClose={onClose}
      title={schedule === undefined ? 'New schedule' : `Edit ${schedule.name}`}
      description="Each run creates one task, or starts one workflow, exactly once."
      className="max-w-xl"
      submitLabel={schedule === undefined ? 'Create schedule' : 'Save schedule'}
      sent={save}
      fields={FIELDS}
      onSubmit={submit}
    >
      <TextField
        label="Name"
        error={errors['name']}
        data-initial-focus
        maxLength={100}
        value={draft.name}
        placeholder="nightly-report"
        onChange={(name) => change({ name })}
      />
      <TimingFields draft={draft} change={change} errors={errors} />
      <NextRunsPreview times={times} schedule={schedule} />
      <WorkFields draft={draft} change={change} errors={errors} />
      <ScheduleOptions draft={draft} change={change} errors={errors} />
    </FormDialog>
  )
}

const TIMES_MISSING = {
  cron: { cron: 'Such as 30 8 * * 1-5' },
  interval: { every_seconds: 'A number above 0' },
  once: { at: 'Say when.' },
} as const

/** Whether the JSON in it is JSON. */
const isReadable = (draft: ScheduleDraft): boolean =>
  readPayload(draft.work === 'task' ? draft.input : { kind: 'json', text: draft.context }).isValid

/** What must be filled in before the server is asked. */
const faultsOf = (draft: ScheduleDraft): Record<string, string> => {
  const isTargetMissing =
    draft.work === 'task' &&
    (draft.target === 'agent' ? draft.agentId === null : draft.capability === '')
  return {
    ...(draft.name.trim() === '' ? { name: 'Give it a name.' } : {}),
    ...(timesOf(draft) === null ? TIMES_MISSING[draft.timing] : {}),
    ...(isTargetMissing ? { 'task.agent_id': 'Say who should do it.' } : {}),
    ...(draft.work === 'workflow' && draft.workflow === null ? { workflow: 'Say which one.' } : {}),
  }
}
