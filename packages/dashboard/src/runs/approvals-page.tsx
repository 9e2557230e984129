import type { Approval } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { Inbox } from 'lucide-react'
import { CodeBlock, prettyJson } from '../ui/code-block.tsx'
import { cx } from '../ui/cx.ts'
import { formatAge, formatMoment, shortId } from '../ui/format.ts'
import { LoadMore } from '../ui/load-more.tsx'
import { EmptyState, ErrorState } from '../ui/notice.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Ago, useNow } from '../ui/time.tsx'
import { StepDecisions } from './step-decisions.tsx'
import { useApprovals } from './use-approvals.ts'

/** What runs ask people, the oldest first. */
export const ApprovalsPage = () => {
  const approvals = useApprovals()
  return (
    <>
      <PageHeader title="Approvals" note="What runs ask people before they go on" />
      {approvals.isPending && (
        <div role="status" aria-label="Loading approvals" className="grid gap-4">
          <Skeleton className="h-40 rounded-xl" />
          <Skeleton className="h-40 rounded-xl" />
        </div>
      )}
      {approvals.isError && (
        <ErrorState error={approvals.error} onRetry={() => void approvals.refetch()} />
      )}
      {approvals.isSuccess && approvals.items.length === 0 && (
        <div className="rounded-xl border border-line bg-surface shadow-card">
          <EmptyState icon={Inbox} title="Nothing waits for a decision">
            When a run comes to an approval, it appears here, whoever is looking.
          </EmptyState>
        </div>
      )}
      <ul aria-label="Approvals" className="grid gap-4">
        {approvals.items.map((approval) => (
          <ApprovalCard key={approval.step.id} approval={approval} />
        ))}
      </ul>
      <LoadMore list={approvals} />
    </>
  )
}

const ApprovalCard = ({ approval: { step, run } }: { approval: Approval }) => (
  <li className="overflow-hidden rounded-xl border border-line bg-surface shadow-card">
    <div className="px-4 py-3.5">
      <p className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5 text-xs text-muted">
        <Link
          to="/runs/$runId"
          params={{ runId: run.id }}
          search={{ step: step.step }}
          data-row
          className="font-medium text-ink underline decoration-line-strong underline-offset-3 hover:decoration-ink"
        >
          {run.workflow_name} · {shortId(run.id)}
        </Link>
        <span>
          {step.step}
          {step.item !== null && ` [${step.item}]`}
        </span>
        {step.released_at !== null && (
          <span>
            asked <Ago at={step.released_at} />
          </span>
        )}
        {step.due_at !== null && <Deadline at={step.due_at} />}
      </p>
      <p className="mt-2 max-h-72 overflow-y-auto text-base whitespace-pre-wrap">
        {step.message === null || step.message === '' ? 'May the run go on?' : step.message}
      </p>
      {run.is_paused && (
        <p className="mt-2 text-xs text-warn">The run is paused and goes on once it is resumed.</p>
      )}
      <div className="mt-3">
        <StepDecisions run={run} step={step} isInRow />
      </div>
    </div>
    {step.input !== null && (
      <div className="border-t border-line bg-sunken">
        <CodeBlock text={prettyJson(step.input)} label="Input" className="max-h-60" />
      </div>
    )}
  </li>
)

const URGENT_MS = 3_600_000

const Deadline = ({ at }: { at: string }) => {
  const leftMs = Date.parse(at) - useNow()
  return (
    <time
      dateTime={at}
      title={formatMoment(at)}
      className={cx(leftMs < URGENT_MS && 'font-medium text-bad')}
    >
      {leftMs <= 0 ? 'deadline reached' : `${formatAge(leftMs + 999)} left`}
    </time>
  )
}
