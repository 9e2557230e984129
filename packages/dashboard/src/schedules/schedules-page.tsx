import { CalendarClock, Plus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { ListFrame, SkeletonRows } from '../ui/list-frame.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'
import { ScheduleRow } from './schedule-row.tsx'
import { useSchedules } from './use-schedules.ts'
import { OWN_ZONE } from './zone-time.ts'

/** What starts by itself: when next, what became of it last, and how to change it. */
export const SchedulesPage = () => {
  const [isCreating, setCreating] = useState(false)
  const may = useMay()
  const schedules = useSchedules()
  const open = () => setCreating(true)
  return (
    <>
      <PageHeader
        title="Schedules"
        note={`Tasks and workflows that start by themselves · times as in ${OWN_ZONE}`}
        actions={
          may('schedule.manage') && (
            <Button look="primary" onClick={open}>
              <Plus size={14} aria-hidden /> New schedule
            </Button>
          )
        }
      />
      <ListFrame
        label="schedules"
        list={schedules}
        items={schedules.items}
        skeleton={<SkeletonRows className="h-19" />}
        empty={
          <EmptyState icon={CalendarClock} title="Nothing is scheduled">
            A schedule creates a task or starts a workflow at set times: by a cron expression in any
            time zone, at an interval, or once.
          </EmptyState>
        }
      >
        {(schedule) => <ScheduleRow key={schedule.id} schedule={schedule} />}
      </ListFrame>
      {isCreating && <ScheduleDialog onClose={() => setCreating(false)} />}
    </>
  )
}
