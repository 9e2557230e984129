import type { ServiceAccount } from '@cadre/contract'
import { Bot, KeyRound } from 'lucide-react'
import { useId, useState } from 'react'
import { KeyList } from '../account/key-list.tsx'
import { api } from '../api/client.ts'
import { useMay } from '../sign-in/permissions.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { ListFrame } from '../ui/list-frame.tsx'
import { EmptyState } from '../ui/notice.tsx'
import { usePages } from '../ui/paged-list.ts'
import { Ago } from '../ui/time.tsx'
import { ServiceAccountActions } from './service-account-actions.tsx'

/** Programs that act in their own name, and their keys. */
export const ServiceAccountList = () => {
  const accounts = usePages(['service-accounts'], (cursor) =>
    api.serviceAccounts.list({ limit: 50, cursor }),
  )
  return (
    <ListFrame
      label="service accounts"
      list={accounts}
      items={accounts.items}
      empty={
        <EmptyState icon={Bot} title="No service accounts">
          A service account is a program with a role and keys of its own: a pipeline, a bridge, a
          monitor.
        </EmptyState>
      }
    >
      {(account) => <AccountRow key={account.id} account={account} />}
    </ListFrame>
  )
}

const AccountRow = ({ account }: { account: ServiceAccount }) => {
  const may = useMay()
  const [isOpen, setOpen] = useState(false)
  const keysId = useId()
  return (
    <li aria-label={account.name}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
        <div className="min-w-0 flex-1 basis-56 max-sm:basis-full">
          <h2 className="flex min-w-0 items-center gap-2 text-sm font-semibold">
            <span className="truncate">{account.name}</span>
            {account.is_disabled && <Badge tone="warn">Disabled</Badge>}
          </h2>
          <p className="mt-0.5 text-xs text-muted">
            made <Ago at={account.created_at} />
          </p>
        </div>
        <p className="w-32 truncate text-sm max-sm:flex-1">{account.role}</p>
        {may('member.manage') && (
          <div className="flex gap-1">
            <Button
              aria-expanded={isOpen}
              aria-controls={keysId}
              onClick={() => setOpen(!isOpen)}
              aria-label={`Keys of ${account.name}`}
            >
              <KeyRound size={14} aria-hidden /> Keys
            </Button>
            <ServiceAccountActions account={account} />
          </div>
        )}
      </div>
      {isOpen && (
        <div id={keysId} className="border-t border-line bg-sunken p-4">
          <KeyList title={`Keys of ${account.name}`} ownerId={account.id} />
        </div>
      )}
    </li>
  )
}
