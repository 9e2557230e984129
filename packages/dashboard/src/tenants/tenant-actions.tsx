import type { Tenant } from '@cadre/contract'
import { Download, Pause, Pencil, Play, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { MenuItem, MoreMenu } from '../ui/menu.tsx'
import { Callout } from '../ui/notice.tsx'
import { EditTenantDialog } from './edit-tenant-dialog.tsx'

type Step = 'edit' | 'suspend' | 'delete' | null

/** What the operator can do with one tenant. */
export const TenantActions = ({ tenant }: { tenant: Tenant }) => {
  const [step, setStep] = useState<Step>(null)
  const close = () => setStep(null)
  const resume = useAction(() => api.tenants.resume(tenant.id), {
    done: `${tenant.name} goes on`,
    touches: [['tenants']],
  })
  const download = () => location.assign(`/api/v1/tenants/${tenant.id}/export`)
  const { status, is_platform: isPlatform } = tenant
  return (
    <div className="flex w-38 justify-end gap-1">
      {status === 'suspended' && (
        <Button
          isBusy={resume.isPending}
          onClick={() => resume.mutate()}
          aria-label={`Resume ${tenant.name}`}
        >
          <Play size={14} aria-hidden /> Resume
        </Button>
      )}
      {status === 'active' && !isPlatform && (
        <Button onClick={() => setStep('suspend')} aria-label={`Suspend ${tenant.name}`}>
          <Pause size={14} aria-hidden /> Suspend
        </Button>
      )}
      {status !== 'deleting' && (
        <MoreMenu label={`More about ${tenant.name}`}>
          <MenuItem onSelect={() => setStep('edit')}>
            <Pencil size={14} aria-hidden /> Edit tenant
          </MenuItem>
          <MenuItem onSelect={download}>
            <Download size={14} aria-hidden /> Export everything
          </MenuItem>
          {status === 'suspended' && (
            <MenuItem onSelect={() => setStep('delete')}>
              <Trash2 size={14} aria-hidden /> Delete tenant
            </MenuItem>
          )}
        </MoreMenu>
      )}
      {step === 'edit' && <EditTenantDialog tenant={tenant} onClose={close} />}
      {step === 'suspend' && <SuspendDialog tenant={tenant} onClose={close} />}
      {step === 'delete' && <DeleteDialog tenant={tenant} onClose={close} />}
    </div>
  )
}

interface StepProps {
  tenant: Tenant
  onClose: () => void
}

const SuspendDialog = ({ tenant, onClose }: StepProps) => {
  const [reason, setReason] = useState('')
  const suspend = useAction(() => api.tenants.suspend(tenant.id, reason.trim()), {
    done: `${tenant.name} is suspended`,
    touches: [['tenants']],
    onDone: onClose,
    saysFaultItself: true,
  })
  return (
    <FormDialog
      onClose={onClose}
      title={`Suspend ${tenant.name}?`}
      className="max-w-md"
      dismissedBy="anything"
      submitLabel="Suspend"
      dismissLabel="Leave it"
      look="danger"
      isDisabled={reason.trim() === ''}
      sent={suspend}
      fields={['reason']}
      onSubmit={() => suspend.mutate()}
    >
      <p className="text-sm text-muted">
        At once its people and programs are refused, its tasks wait, and its schedules and webhooks
        do not fire. What is under way may end. Nothing is lost, and everything goes on when you
        resume it.
      </p>
      <TextField
        label="Reason"
        hint="For the audit log"
        error={fieldErrors(suspend.error)['reason']}
        data-initial-focus
        maxLength={500}
        value={reason}
        onChange={setReason}
      />
    </FormDialog>
  )
}

const DeleteDialog = ({ tenant, onClose }: StepProps) => {
  const [name, setName] = useState('')
  const remove = useAction(() => api.tenants.remove(tenant.id, name), {
    done: `${tenant.name} is being deleted`,
    touches: [['tenants']],
    onDone: onClose,
    saysFaultItself: true,
  })
  const submit = () => {
    if (name === tenant.name) remove.mutate()
  }
  return (
    <FormDialog
      onClose={onClose}
      title={`Delete ${tenant.name}?`}
      className="max-w-md"
      dismissedBy="anything"
      submitLabel="Delete for good"
      dismissLabel="Keep it"
      look="danger"
      isDisabled={name !== tenant.name}
      sent={remove}
      onSubmit={submit}
    >
      <Callout tone="bad">
        Everything of it goes for good: tasks, runs, agents, members, keys and its audit log. Export
        it first if anybody may ask for it.
      </Callout>
      <TextField
        label={`Write ${tenant.name} to confirm`}
        data-initial-focus
        maxLength={63}
        value={name}
        onChange={setName}
        isMono
      />
    </FormDialog>
  )
}
