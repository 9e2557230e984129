import { CadreError, type InstalledItem, type MarketplaceVersion } from '@cadre/contract'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { TextField } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { AcceptField } from './accept-field.tsx'
import { InstallOutcome } from './install-outcome.tsx'
import { permissionWords } from './market-words.ts'
import { PermissionItem } from './permission-item.tsx'
import { RangeField, rangesOf } from './range-field.tsx'
import { MARKET_KEY } from './use-market.ts'
import { INSTALLS_KEY } from './use-installs.ts'

const FIELDS = ['as', 'range', 'item']

/** Asks which versions, under which name, and whether it may what it asks for. */
export const InstallDialog = ({
  version,
  onClose,
}: {
  version: MarketplaceVersion
  onClose: () => void
}) => {
  const [range, setRange] = useState(rangesOf(version.version)[0]?.range ?? '*')
  const [as, setAs] = useState('')
  const [isAccepted, setAccepted] = useState(false)
  const install = useAction(
    () =>
      api.installs.install({
        item: version.name,
        range: range.trim(),
        accept_permissions: isAccepted,
        ...(as.trim() && { as: as.trim() }),
      }),
    {
      touches: [INSTALLS_KEY, MARKET_KEY, ['agents'], ['workflows']],
      saysFaultItself: true,
    },
  )
  const permissions = version.permissions ?? []
  const isWidening =
    install.error instanceof CadreError && install.error.code === 'install.widening'
  const needsWord = isWidening || permissions.some((each) => permissionWords(each).isGrave)
  const errors = fieldErrors(install.error)
  if (install.isSuccess) return <Installed installed={install.data} onClose={onClose} />
  return (
    <FormDialog
      onClose={onClose}
      title={`Install ${version.name}`}
      description="Its signature and digest are checked. It stays the version that it is until you update it."
      submitLabel="Install"
      isDisabled={needsWord && !isAccepted}
      sent={install}
      fields={FIELDS}
      onSubmit={() => install.mutate()}
    >
      <RangeField
        version={version.version}
        value={range}
        error={errors['range']}
        onChange={setRange}
      />
      <TextField
        label="Name in your tenant"
        isOptional
        error={errors['as']}
        hint="Where it should be called otherwise"
        maxLength={64}
        placeholder={version.name}
        value={as}
        onChange={setAs}
      />
      <section aria-label="Permissions">
        <h3 className="mb-1.5 text-sm font-medium">What it may do</h3>
        {permissions.length === 0 ? (
          <p className="text-sm text-muted">It asks for nothing at all.</p>
        ) : (
          <ul className="grid gap-1.5 rounded-lg border border-line bg-sunken p-3">
            {permissions.map((permission) => (
              <PermissionItem key={permission} permission={permission} />
            ))}
          </ul>
        )}
      </section>
      {needsWord && <AcceptField isAccepted={isAccepted} onChange={setAccepted} />}
    </FormDialog>
  )
}

const Installed = ({ installed, onClose }: { installed: InstalledItem; onClose: () => void }) => {
  const navigate = useNavigate()
  const { agent_id: agentId, workflow_id: workflowId, key } = installed
  const open = () => {
    onClose()
    if (agentId !== null) void navigate({ to: '/agents/$agentId', params: { agentId } })
    else if (workflowId !== null)
      void navigate({ to: '/workflows/$workflow', params: { workflow: installed.name } })
    else void navigate({ to: '/marketplace/installs' })
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`${installed.name} is installed`}
      description={`Version ${installed.version}, signed by the key ${installed.key_id}.`}
      dismissedBy={key === undefined ? 'anything' : 'nothing'}
    >
      <div className="grid gap-4">
        {key !== undefined && (
          <div>
            <p className="mb-2 text-sm text-muted">
              You run its process yourself. It signs in with this key:
            </p>
            <ShownOnce value={key} />
          </div>
        )}
        {installed.image !== null && (
          <p className="text-sm text-muted">
            Its image: <code className="font-mono text-xs wrap-anywhere">{installed.image}</code>
          </p>
        )}
        <InstallOutcome outcome={installed} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Stay here</Button>
          <Button look="primary" data-initial-focus onClick={open}>
            {key === undefined ? 'Open it' : 'I have kept it: open it'}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
