import type { Install } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { ArrowUpRight, PackageCheck } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { Badge } from '../ui/badge.tsx'
import { Button, buttonClass } from '../ui/button.tsx'
import { FoldedRow } from '../ui/folded-row.tsx'
import { ListFrame } from '../ui/list-frame.tsx'
import { Callout, EmptyState, type Tone } from '../ui/notice.tsx'
import { Ago } from '../ui/time.tsx'
import { MarketHeader } from './market-header.tsx'
import { priceWords, TYPE_WORDS } from './market-words.ts'
import { PermissionItem } from './permission-item.tsx'
import { UninstallDialog } from './uninstall-dialog.tsx'
import { UpdateDialog } from './update-dialog.tsx'
import { useInstalls } from './use-installs.ts'

/** What the tenant took from the marketplace, and what there is newer of it. */
export const InstallsPage = () => {
  const installs = useInstalls()
  return (
    <>
      <MarketHeader
        title="Installed"
        note="What your tenant took from the marketplace. Nothing is updated by itself."
      />
      <ListFrame
        label="installs"
        list={installs}
        items={installs.items}
        empty={
          <EmptyState
            icon={PackageCheck}
            title="Nothing is installed yet"
            action={
              <Link to="/marketplace" className={buttonClass({ look: 'primary' })}>
                Browse the marketplace
              </Link>
            }
          >
            Installed agents and workflows run in your tenant like your own.
          </EmptyState>
        }
      >
        {(install) => <InstallRow key={install.name} install={install} />}
      </ListFrame>
    </>
  )
}

const STATUS: Record<Install['status'], { label: string; tone: Tone } | null> = {
  active: null,
  deprecated: { label: 'Deprecated', tone: 'warn' },
  yanked: { label: 'Yanked', tone: 'bad' },
  withdrawn: { label: 'Withdrawn', tone: 'bad' },
}

const InstallRow = ({ install }: { install: Install }) => {
  const status = STATUS[install.status]
  return (
    <FoldedRow
      summary={
        <>
          <span className="min-w-0 flex-1 basis-64 max-sm:basis-48">
            <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
              <span className="truncate text-sm font-semibold">{install.name}</span>
              <span className="font-mono text-xs text-faint">{install.version}</span>
              {install.update !== null && (
                <Badge tone="accent">{install.update.version} is there</Badge>
              )}
              {status !== null && <Badge tone={status.tone}>{status.label}</Badge>}
            </span>
            <span className="mt-0.5 block truncate text-xs text-muted">
              {install.item === install.name ? '' : `${install.item} `}by {install.publisher} ·
              range <code className="font-mono">{install.range}</code>
            </span>
          </span>
          <span className="w-36 text-right text-xs text-muted max-sm:ml-7.5 max-sm:w-auto max-sm:text-left">
            {TYPE_WORDS[install.item_type]} · {priceWords(install.price)}
            <span className="block text-faint max-sm:ml-1.5 max-sm:inline">
              <Ago at={install.updated_at} />
            </span>
          </span>
        </>
      }
    >
      <Details install={install} />
    </FoldedRow>
  )
}

const Details = ({ install }: { install: Install }) => {
  const [step, setStep] = useState<'update' | 'uninstall' | null>(null)
  const may = useMay()
  const close = () => setStep(null)
  return (
    <div className="border-t border-line bg-sunken">
      {install.status_message !== null && (
        <Callout tone="warn" className="m-4 mb-0">
          {install.status_message}
        </Callout>
      )}
      <div className="grid gap-x-8 gap-y-4 px-4 py-4 md:grid-cols-2">
        <section aria-label="Permissions">
          <h3 className="mb-1.5 text-xs text-faint">What it may do</h3>
          {install.permissions.length === 0 ? (
            <p className="text-sm text-muted">It asks for nothing at all.</p>
          ) : (
            <ul className="grid gap-1.5">
              {install.permissions.map((permission) => (
                <PermissionItem key={permission} permission={permission} />
              ))}
            </ul>
          )}
        </section>
        <dl className="grid content-start gap-x-4 gap-y-1.5 text-xs sm:grid-cols-[5rem_minmax(0,1fr)]">
          {factsOf(install).map(([term, value]) => (
            <div key={term} className="contents">
              <dt className="text-faint">{term}</dt>
              <dd className="min-w-0 wrap-anywhere">{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-3">
        <Link
          to="/marketplace/$name"
          params={{ name: install.item }}
          search={{ version: install.version }}
          className="mr-auto inline-flex items-center gap-1 rounded-md text-sm text-muted hover:text-ink"
        >
          Its page <ArrowUpRight size={13} aria-hidden />
        </Link>
        <Opened install={install} />
        {may('install.delete') && (
          <Button size="small" onClick={() => setStep('uninstall')}>
            Uninstall
          </Button>
        )}
        {may('install.update') && (
          <Button
            size="small"
            look={install.update === null ? 'secondary' : 'primary'}
            onClick={() => setStep('update')}
          >
            {install.update === null ? 'Change the range' : `Update to ${install.update.version}`}
          </Button>
        )}
      </div>
      {step === 'update' && <UpdateDialog install={install} onClose={close} />}
      {step === 'uninstall' && <UninstallDialog install={install} onClose={close} />}
    </div>
  )
}

const factsOf = (install: Install): (readonly [string, ReactNode])[] => [
  [
    'Installed',
    <span key="">
      by {install.installed_by} <Ago at={install.installed_at} />
    </span>,
  ],
  ...(install.sha256 === null
    ? []
    : [
        [
          'SHA-256',
          <code key="" className="font-mono">
            {install.sha256}
          </code>,
        ] as const,
      ]),
  ...(install.image === null
    ? []
    : [
        [
          'Image',
          <code key="" className="font-mono">
            {install.image}
          </code>,
        ] as const,
      ]),
  [
    'Signed by',
    <code key="" className="font-mono">
      {install.key_id}
    </code>,
  ],
]

const Opened = ({
  install: { agent_id: agentId, workflow_id: workflowId, name },
}: {
  install: Install
}) => {
  if (agentId !== null)
    return (
      <Link to="/agents/$agentId" params={{ agentId }} className={buttonClass({ size: 'small' })}>
        Open the agent
      </Link>
    )
  if (workflowId === null) return null
  return (
    <Link
      to="/workflows/$workflow"
      params={{ workflow: name }}
      className={buttonClass({ size: 'small' })}
    >
      Open the workflow
    </Link>
  )
}
