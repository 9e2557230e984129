import type { Install, UpdatedInstall } from '@cadre/contract'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, fieldErrors } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { AcceptField } from './accept-field.tsx'
import { DiffView } from './diff-view.tsx'
import { InstallOutcome } from './install-outcome.tsx'
import { RangeField } from './range-field.tsx'
import { MARKET_KEY } from './use-market.ts'
import { INSTALLS_KEY } from './use-installs.ts'

/** Shows what an update would change, and makes it. */
export const UpdateDialog = ({ install, onClose }: { install: Install; onClose: () => void }) => {
  const [range, setRange] = useState(install.range)
  const [isAccepted, setAccepted] = useState(false)
  const plan = useQuery({
    queryKey: [...INSTALLS_KEY, 'plan', install.name, range],
    queryFn: () =>
      api.installs.update(install.name, {
        range,
        dry_run: true,
        // Asked only what would be; whether it may is asked below.
        accept_permissions: true,
      }),
    placeholderData: keepPreviousData,
    staleTime: 0,
    retry: false,
  })
  const update = useAction(
    () => api.installs.update(install.name, { range, accept_permissions: isAccepted }),
    {
      touches: [INSTALLS_KEY, MARKET_KEY, ['agents'], ['workflows']],
      saysFaultItself: true,
    },
  )
  const isWidening = plan.data?.diff?.is_widening === true
  if (update.isSuccess) return <Updated updated={update.data} onClose={onClose} />
  return (
    <FormDialog
      onClose={onClose}
      title={`Update ${install.name}`}
      description={`Version ${install.version} runs now.`}
      className="max-w-xl"
      submitLabel={plan.data?.is_changed === true ? 'Update' : 'Save'}
      dismissLabel="Leave it"
      isDisabled={
        plan.isError ||
        plan.isPlaceholderData ||
        (isWidening && !isAccepted) ||
        (plan.data?.is_changed !== true && range === install.range)
      }
      sent={update}
      fields={['range']}
      onSubmit={() => update.mutate()}
    >
      <RangeField
        version={install.version}
        present={install.range}
        value={range}
        error={fieldErrors(plan.error ?? update.error)['range']}
        onChange={setRange}
      />
      <section
        aria-label="What would change"
        className="min-h-24 rounded-lg border border-line bg-sunken"
      >
        {plan.isPending && <Skeleton className="m-4 h-14" />}
        {plan.isError && (
          <p role="alert" className="p-4 text-sm text-bad">
            {plan.error.message}
          </p>
        )}
        {plan.isSuccess && <Planned install={install} plan={plan.data} />}
      </section>
      {isWidening && <AcceptField isAccepted={isAccepted} onChange={setAccepted} />}
    </FormDialog>
  )
}

const Planned = ({ install, plan }: { install: Install; plan: UpdatedInstall }) =>
  plan.diff === null ? (
    <p className="p-4 text-sm text-muted">
      Nothing newer is in this range. {install.version} goes on.
    </p>
  ) : (
    <>
      <p className="px-4 pt-3 text-sm font-semibold">
        {plan.diff.from} → {plan.diff.to}
      </p>
      <DiffView diff={plan.diff} />
    </>
  )

const Updated = ({ updated, onClose }: { updated: UpdatedInstall; onClose: () => void }) => {
  const { install, is_changed: isChanged, key } = updated
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={isChanged ? `${install.name} is ${install.version} now` : `${install.name} is saved`}
      description={`Updates may lead to ${install.range}.`}
      dismissedBy={key === undefined ? 'anything' : 'nothing'}
      className="max-w-md"
    >
      <div className="grid gap-4">
        {key !== undefined && <ShownOnce value={key} />}
        <InstallOutcome outcome={updated} />
        <div className="flex justify-end">
          <Button look="primary" data-initial-focus onClick={onClose}>
            Good
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
