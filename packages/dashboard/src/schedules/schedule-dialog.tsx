import type { Schedule } from '@cadre/contract'
import { useState, type FormEvent } from 'react'
import { fieldErrors } from '../api/client.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, TextInput } from '../ui/field.tsx'
import { FormError } from '../ui/notice.tsx'
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

  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (Object.keys(faults).length > 0 || times === null || !isReadable(draft)) return
    save.mutate({ draft, times })
  }

  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={schedule === undefined ? 'New schedule' : `Edit ${schedule.name}`}
      description="Each run creates one task, or starts one workflow, exactly once."
      dismissedBy="escape"
      className="max-w-xl"
    >
      <form onSubmit={submit} noValidate className="grid gap-4">
        <Field label="Name" error={errors['name']}>
          {(control) => (
            <TextInput
              {...control}
              data-initial-focus
              maxLength={100}
              value={draft.name}
              placeholder="nightly-report"
              onChange={(event) => change({ name: event.target.value })}
            />
          )}
        </Field>
        <TimingFields draft={draft} change={change} errors={errors} />
        <NextRunsPreview times={times} schedule={schedule} />
        <WorkFields draft={draft} change={change} errors={errors} />
        <ScheduleOptions draft={draft} change={change} errors={errors} />
        <FormError error={save.error} fields={FIELDS} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={save.isPending}>
            {schedule === undefined ? 'Create schedule' : 'Save schedule'}
          </Button>
        </div>
      </form>
    </Dialog>
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
