import type { MarketplaceVersionSummary, VersionStatus } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { ArrowUpRight, OctagonX, RefreshCw, RotateCcw, Trash2, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { ConfirmedAction } from '../api/confirmed-action.tsx'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { MARKET_KEY } from './use-market.ts'
import { WordDialog } from './word-dialog.tsx'

type Step = 'deprecated' | 'yanked' | 'delete' | null

/** What its publisher can do with a version; nothing else of it ever changes. */
export const PublicationActions = ({ version }: { version: MarketplaceVersionSummary }) => {
  const [step, setStep] = useState<Step>(null)
  const { name, state, status } = version
  const called = `${name} ${version.version}`
  const restore = useAction(
    () => api.marketplace.change(name, version.version, { status: 'active' }),
    { done: `${called} is offered again`, touches: [MARKET_KEY] },
  )
  const check = useAction(() => api.marketplace.checkAgain(name, version.version), {
    done: `${called} is being checked again`,
    touches: [MARKET_KEY],
  })
  const close = () => setStep(null)
  return (
    <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-3">
      <Link
        to="/marketplace/$name"
        params={{ name }}
        search={{ version: version.version }}
        className="mr-auto inline-flex items-center gap-1 rounded-md text-sm text-muted hover:text-ink"
      >
        Its page <ArrowUpRight size={13} aria-hidden />
      </Link>
      <Button size="small" look="ghost" onClick={() => setStep('delete')}>
        <Trash2 size={13} aria-hidden /> Delete
      </Button>
      {state === 'approved' && status !== 'yanked' && (
        <Button size="small" onClick={() => setStep('yanked')}>
          <OctagonX size={13} aria-hidden /> Yank
        </Button>
      )}
      {state === 'approved' && status === 'active' && (
        <Button size="small" onClick={() => setStep('deprecated')}>
          <TriangleAlert size={13} aria-hidden /> Deprecate
        </Button>
      )}
      {state === 'approved' && status !== 'active' && (
        <Button size="small" isBusy={restore.isPending} onClick={() => restore.mutate()}>
          <RotateCcw size={13} aria-hidden /> Restore
        </Button>
      )}
      {state === 'held' && (
        <Button size="small" isBusy={check.isPending} onClick={() => check.mutate()}>
          <RefreshCw size={13} aria-hidden /> Check again
        </Button>
      )}
      {(step === 'deprecated' || step === 'yanked') && (
        <StatusDialog version={version} status={step} onClose={close} />
      )}
      {step === 'delete' && <DeleteDialog version={version} onClose={close} />}
    </div>
  )
}

interface StepProps {
  version: MarketplaceVersionSummary
  onClose: () => void
}

const STATUS_TEXTS = {
  deprecated: {
    verb: 'Deprecate',
    done: 'is deprecated',
    text: 'It stays listed, with your message as a warning. Restore it at any time.',
  },
  yanked: {
    verb: 'Yank',
    done: 'is yanked',
    text: 'It leaves the list and is not installed any more, except by those who name this very version. Restore it at any time.',
  },
} as const

const StatusDialog = ({
  version: { name, version },
  status,
  onClose,
}: StepProps & { status: Exclude<VersionStatus, 'active'> }) => {
  const { done, ...texts } = STATUS_TEXTS[status]
  const called = `${name} ${version}`
  const change = useAction(
    (message: string) => api.marketplace.change(name, version, { status, message }),
    {
      done: `${called} ${done}`,
      touches: [MARKET_KEY],
      onDone: onClose,
      saysFaultItself: true,
    },
  )
  return (
    <WordDialog
      {...texts}
      called={called}
      field="message"
      hint="Tells those who use it why, and what to use instead"
      sent={change}
      onClose={onClose}
    />
  )
}

const DeleteDialog = ({ version: { name, version }, onClose }: StepProps) => (
  <ConfirmedAction
    title={`Delete ${name} ${version}?`}
    confirmLabel="Delete version"
    act={() => api.marketplace.remove(name, version)}
    done={`${name} ${version} is deleted`}
    touches={[MARKET_KEY]}
    onClose={onClose}
  >
    It is gone from the marketplace, and its number is never used again. To keep it for those who
    run it already, yank it instead.
  </ConfirmedAction>
)
