import { CalendarClock, Plus } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { Button } from '../ui/button.tsx'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
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
        note={`Tasks that start by themselves · times as in ${OWN_ZONE}`}
        actions={
          may('schedule.manage') && (
            <Button look="primary" onClick={open}>
              <Plus size={14} aria-hidden /> New schedule
            </Button>
          )
        }
      />
      <div className="min-h-96 overflow-hidden rounded-xl border border-line bg-surface shadow-card">
        {schedules.isPending && <SkeletonRows />}
        {schedules.isError && (
          <ErrorState error={schedules.error} onRetry={() => void schedules.refetch()} />
        )}
        {schedules.isSuccess && schedules.items.length === 0 && (
          <EmptyState icon={CalendarClock} title="Nothing is scheduled">
            A schedule creates a task at set times: by a cron expression in any time zone, at an
            interval, or once.
          </EmptyState>
        )}
        <ul aria-label="Schedules">
          {schedules.items.map((schedule) => (
            <ScheduleRow key={schedule.id} schedule={schedule} />
          ))}
        </ul>
      </div>
      {schedules.hasNextPage && (
        <div className="flex justify-center py-4">
          <Button
            isBusy={schedules.isFetchingNextPage}
            onClick={() => void schedules.fetchNextPage()}
          >
            Load more
          </Button>
        </div>
      )}
      {isCreating && <ScheduleDialog onClose={() => setCreating(false)} />}
    </>
  )
}

const SKELETON_ROWS = 4

const SkeletonRows = () => (
  <div role="status" aria-label="Loading schedules">
    {Array.from({ length: SKELETON_ROWS }, (_, index) => (
      <div key={index} className="flex h-19 items-center gap-4 border-b border-line px-4">
        <Skeleton className="h-3 w-1/3" />
        <Skeleton className="ml-auto h-8 w-40" />
      </div>
    ))}
  </div>
)
