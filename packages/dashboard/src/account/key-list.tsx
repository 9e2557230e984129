import type { ApiKey } from '@cadre/contract'
import { KeyRound, Plus, RotateCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { ConfirmedAction } from '../api/confirmed-action.tsx'
import { Badge, Chip } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { formatMoment } from '../ui/format.ts'
import { ListFrame, SkeletonRows } from '../ui/list-frame.tsx'
import { ListTitle } from '../ui/list-title.tsx'
import { MenuItem, MoreMenu } from '../ui/menu.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { usePages } from '../ui/paged-list.ts'
import { Ago, useNow } from '../ui/time.tsx'
import { NewKeyDialog } from './new-key-dialog.tsx'
import { RotateKeyDialog } from './rotate-key-dialog.tsx'

const DAY_MS = 86_400_000
/** An end that is so near is pointed out. */
const SOON_MS = 14 * DAY_MS
const CHIPS_MAX = 4

type KeyStep = { kind: 'create' } | { kind: 'rotate' | 'revoke'; apiKey: ApiKey }

export interface KeyListProps {
  title: string
  /** A service account; null for oneself. */
  ownerId: string | null
}

/** Keys of one owner: made, replaced, revoked. The keys themselves are shown once. */
export const KeyList = ({ title, ownerId }: KeyListProps) => {
  // Here and not in the row: a replaced key leaves the list while the next one is shown.
  const [step, setStep] = useState<KeyStep | null>(null)
  const close = () => setStep(null)
  const keys = usePages(['keys', ownerId ?? 'me'], (cursor) =>
    api.keys.list({ of: ownerId ?? 'me', cursor }),
  )
  return (
    <section aria-label={title}>
      <ListTitle title={title} note="For programs and the command line">
        <Button onClick={() => setStep({ kind: 'create' })}>
          <Plus size={14} aria-hidden /> New key
        </Button>
      </ListTitle>
      <ListFrame
        label="keys"
        list={keys}
        items={keys.items}
        className="min-h-33"
        skeleton={<SkeletonRows className="h-16.5" count={2} />}
        empty={
          <EmptyState icon={KeyRound} title="No keys">
            A key lets a program act in this name, as far as its scopes reach.
          </EmptyState>
        }
      >
        {(key) => <KeyRow key={key.id} apiKey={key} onStep={setStep} />}
      </ListFrame>
      {step?.kind === 'create' && <NewKeyDialog ownerId={ownerId} onClose={close} />}
      {step?.kind === 'rotate' && <RotateKeyDialog apiKey={step.apiKey} onClose={close} />}
      {step?.kind === 'revoke' && <RevokeDialog apiKey={step.apiKey} onClose={close} />}
    </section>
  )
}

const KeyRow = ({ apiKey, onStep }: { apiKey: ApiKey; onStep: (step: KeyStep) => void }) => (
  <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
    <div className="min-w-0 flex-1 basis-56 max-sm:basis-full">
      <p className="flex min-w-0 items-center gap-2 text-sm font-medium">
        <span className="truncate">{apiKey.label}</span>
        <Expiry at={apiKey.expires_at} />
      </p>
      <p className="mt-0.5 truncate text-xs text-muted">
        <code className="font-mono">{apiKey.prefix}…</code> · made <Ago at={apiKey.created_at} />
        {apiKey.created_by_name !== null && ` by ${apiKey.created_by_name}`}
      </p>
    </div>
    <Scopes scopes={apiKey.scopes} />
    <p className="w-28 text-xs text-muted max-sm:flex-1">
      {apiKey.last_used_at === null ? (
        'never used'
      ) : (
        <>
          used <Ago at={apiKey.last_used_at} />
        </>
      )}
    </p>
    <MoreMenu label={`More about ${apiKey.label}`}>
      <MenuItem onSelect={() => onStep({ kind: 'rotate', apiKey })}>
        <RotateCw size={14} aria-hidden /> Replace key
      </MenuItem>
      <MenuItem onSelect={() => onStep({ kind: 'revoke', apiKey })}>
        <Trash2 size={14} aria-hidden /> Revoke key
      </MenuItem>
    </MoreMenu>
  </li>
)

const RevokeDialog = ({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) => (
  <ConfirmedAction
    title={`Revoke ${apiKey.label}?`}
    confirmLabel="Revoke key"
    dismissLabel="Keep it"
    act={() => api.keys.revoke(apiKey.id)}
    done={`${apiKey.label} revoked`}
    touches={[['keys'], ['sessions']]}
    onClose={onClose}
  >
    At once it is good for nothing any more, with the sessions and tokens that it led to. This
    cannot be undone.
  </ConfirmedAction>
)

const Scopes = ({ scopes }: { scopes: readonly string[] | null }) => (
  <span className="flex min-w-0 flex-wrap gap-1 sm:w-60">
    {scopes === null ? (
      <span className="text-xs text-faint">whatever the role permits</span>
    ) : (
      scopes.slice(0, CHIPS_MAX).map((scope) => <Chip key={scope}>{scope}</Chip>)
    )}
    {scopes !== null && scopes.length > CHIPS_MAX && (
      <span title={scopes.join(', ')} className="text-xs text-faint">
        and {scopes.length - CHIPS_MAX} more
      </span>
    )}
  </span>
)

const Expiry = ({ at }: { at: string | null }) => {
  const now = useNow()
  if (at === null) return null
  const leftMs = Date.parse(at) - now
  if (leftMs <= 0) return <Badge tone="bad">Expired</Badge>
  return (
    <span title={formatMoment(at)}>
      <Badge tone={leftMs < SOON_MS ? 'warn' : 'neutral'}>
        {leftMs < DAY_MS ? 'Less than a day left' : `${Math.floor(leftMs / DAY_MS)} d left`}
      </Badge>
    </span>
  )
}
