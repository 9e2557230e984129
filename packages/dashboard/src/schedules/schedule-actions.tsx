import type { Schedule } from '@cadre/contract'
import { Pause, Pencil, Play, Trash2, Zap } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { MenuItem, MoreMenu } from '../ui/menu.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'
import { useScheduleAction } from './use-schedules.ts'

/** What a person can do with one schedule. */
export const ScheduleActions = ({ schedule }: { schedule: Schedule }) => {
  const [step, setStep] = useState<'edit' | 'delete' | null>(null)
  const { name, is_paused: isPaused } = schedule
  const toggle = useScheduleAction(
    schedule,
    isPaused ? 'resume' : 'pause',
    `${name} ${isPaused ? 'resumed' : 'paused'}`,
  )
  const trigger = useScheduleAction(schedule, 'trigger', `${name} runs now`)
  const close = () => setStep(null)
  return (
    <div className="flex gap-2">
      <Button
        isBusy={trigger.isPending}
        onClick={() => trigger.mutate()}
        aria-label={`Run ${name} now`}
      >
        <Zap size={14} aria-hidden /> Run now
      </Button>
      <Button
        isBusy={toggle.isPending}
        onClick={() => toggle.mutate()}
        aria-label={`${isPaused ? 'Resume' : 'Pause'} ${name}`}
        className="w-25"
      >
        {isPaused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
        {isPaused ? 'Resume' : 'Pause'}
      </Button>
      <MoreMenu label={`More about ${name}`} isFramed>
        <MenuItem onSelect={() => setStep('edit')}>
          <Pencil size={14} aria-hidden /> Edit schedule
        </MenuItem>
        <MenuItem onSelect={() => setStep('delete')}>
          <Trash2 size={14} aria-hidden /> Delete schedule
        </MenuItem>
      </MoreMenu>
      {step === 'edit' && <ScheduleDialog schedule={schedule} onClose={close} />}
      {step === 'delete' && <DeleteDialog schedule={schedule} onClose={close} />}
    </div>
  )
}

const DeleteDialog = ({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) => {
  const remove = useScheduleAction(schedule, 'remove', `${schedule.name} deleted`)
  return (
    <ConfirmDialog
      title={`Delete ${schedule.name}?`}
      confirmLabel="Delete schedule"
      dismissLabel="Keep it"
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      It starts nothing any more. The tasks and runs that it made stay. This cannot be undone.
    </ConfirmDialog>
  )
}
