import type { RunDetail } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { BackLink } from '../ui/back-link.tsx'
import { Badge } from '../ui/badge.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { formatMoment, shortId } from '../ui/format.ts'
import { Ago } from '../ui/time.tsx'
import type { GraphStep } from './graph-model.ts'
import { RunActions } from './run-actions.tsx'
import { RunBadge } from './run-badge.tsx'
import { TRIGGER_WORDS } from './run-words.ts'
import { RunIcon } from './state-icon.tsx'

const linkClass = 'underline decoration-line-strong underline-offset-3 hover:decoration-ink'

export const RunHeader = ({ run, steps }: { run: RunDetail; steps: readonly GraphStep[] }) => (
  <header className="mb-4">
    <title>{`${run.workflow_name} · ${shortId(run.id)} · Cadre`}</title>
    <BackLink to="/runs">Runs</BackLink>
    <div className="mt-1.5 flex flex-wrap items-start gap-x-4 gap-y-3">
      <div className="min-w-0 flex-1 basis-80">
        <h1 className="text-xl font-semibold tracking-tight">
          <Link to="/workflows/$workflow" params={{ workflow: run.workflow_name }}>
            {run.workflow_name}
          </Link>{' '}
          <span className="text-base font-normal text-faint">{run.workflow_version}</span>
        </h1>
        <div className="mt-1.5 flex flex-wrap items-center gap-2">
          <span aria-live="polite" className="flex items-center gap-2">
            <RunIcon isDecorative run={run} />
            <RunBadge run={run} />
            {run.is_paused && <Badge tone="warn">Paused</Badge>}
          </span>
          <code className="min-w-0 truncate font-mono text-xs text-faint">{run.id}</code>
          <CopyButton text={run.id} label="Copy the run's id" />
        </div>
        <Origin run={run} />
      </div>
      <RunActions run={run} steps={steps} />
    </div>
  </header>
)

/** Where it came from: who or what started it, and the runs it belongs to. */
const Origin = ({ run }: { run: RunDetail }) => (
  <p className="mt-1 text-xs text-muted">
    {TRIGGER_WORDS[run.trigger]} · {run.created_by_name} · <Ago at={run.created_at} />
    {run.rerun_of !== null && (
      <>
        {' '}
        · <RunLink id={run.rerun_of}>rerun of {shortId(run.rerun_of)}</RunLink>
        {run.rerun_from !== null && run.rerun_from !== 'start' && ` from ${run.rerun_from}`}
      </>
    )}
    {run.parent_run_id !== null && (
      <>
        {' '}
        · <RunLink id={run.parent_run_id}>a step of run {shortId(run.parent_run_id)}</RunLink>
      </>
    )}
    {run.deadline_at !== null && <> · must end by {formatMoment(run.deadline_at)}</>}
  </p>
)

export const RunLink = ({ id, children }: { id: string; children: ReactNode }) => (
  <Link to="/runs/$runId" params={{ runId: id }} className={linkClass}>
    {children}
  </Link>
)
