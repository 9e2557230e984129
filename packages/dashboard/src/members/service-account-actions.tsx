import type { ServiceAccount } from '@cadre/contract'
import { Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../api/client.ts'
import { ConfirmedAction } from '../api/confirmed-action.tsx'
import { useAction } from '../api/use-action.ts'
import { MenuItem, MoreMenu } from '../ui/menu.tsx'
import { DisabledItem } from './disabled-item.tsx'
import { ServiceAccountDialog } from './service-account-dialog.tsx'

type Step = 'change' | 'disable' | 'delete' | null

/** What who manages members can do with a service account. */
export const ServiceAccountActions = ({ account }: { account: ServiceAccount }) => {
  const [step, setStep] = useState<Step>(null)
  const close = () => setStep(null)
  const enable = useAction(() => api.serviceAccounts.change(account.id, { is_disabled: false }), {
    done: `${account.name} is enabled; its keys are good again`,
    touches: [['service-accounts']],
  })
  return (
    <>
      <MoreMenu label={`More about ${account.name}`}>
        <MenuItem onSelect={() => setStep('change')}>
          <Pencil size={14} aria-hidden /> Change name or role
        </MenuItem>
        <DisabledItem
          isDisabled={account.is_disabled}
          onEnable={() => enable.mutate()}
          onDisable={() => setStep('disable')}
        />
        <MenuItem onSelect={() => setStep('delete')}>
          <Trash2 size={14} aria-hidden /> Delete
        </MenuItem>
      </MoreMenu>
      {step === 'change' && <ServiceAccountDialog account={account} onClose={close} />}
      {step === 'disable' && <DisableDialog account={account} onClose={close} />}
      {step === 'delete' && <DeleteDialog account={account} onClose={close} />}
    </>
  )
}

interface StepProps {
  account: ServiceAccount
  onClose: () => void
}

const DisableDialog = ({ account, onClose }: StepProps) => (
  <ConfirmedAction
    title={`Disable ${account.name}?`}
    confirmLabel="Disable"
    act={() => api.serviceAccounts.change(account.id, { is_disabled: true })}
    done={`${account.name} is disabled`}
    touches={[['service-accounts']]}
    onClose={onClose}
  >
    Its tokens end at once, and its keys are refused until it is enabled again.
  </ConfirmedAction>
)

const DeleteDialog = ({ account, onClose }: StepProps) => (
  <ConfirmedAction
    title={`Delete ${account.name}?`}
    confirmLabel="Delete"
    act={() => api.serviceAccounts.remove(account.id)}
    done={`${account.name} deleted`}
    touches={[['service-accounts']]}
    onClose={onClose}
  >
    Its keys are refused at once. What it did stays on record. This cannot be undone.
  </ConfirmedAction>
)
