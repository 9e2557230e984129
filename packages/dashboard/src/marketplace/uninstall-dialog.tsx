import type { Install } from '@cadre/contract'
import { api } from '../api/client.ts'
import { useAction } from '../api/use-action.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { MARKET_KEY } from './use-market.ts'
import { INSTALLS_KEY } from './use-installs.ts'

export const UninstallDialog = ({
  install: { name, item_type: type },
  onClose,
}: {
  install: Install
  onClose: () => void
}) => {
  const uninstall = useAction(() => api.installs.uninstall(name), {
    done: `${name} is uninstalled`,
    touches: [INSTALLS_KEY, MARKET_KEY, ['agents'], ['workflows']],
    onDone: onClose,
  })
  return (
    <ConfirmDialog
      title={`Uninstall ${name}?`}
      confirmLabel="Uninstall"
      isBusy={uninstall.isPending}
      onConfirm={() => uninstall.mutate()}
      onClose={onClose}
    >
      The {type} gets no more work in your tenant. What it did stays on record, and it can be
      installed again.
    </ConfirmDialog>
  )
}
