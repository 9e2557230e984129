import type { Install } from '@cadre/contract'
import { api } from '../api/client.ts'
import { ConfirmedAction } from '../api/confirmed-action.tsx'
import { MARKET_KEY } from './use-market.ts'
import { INSTALLS_KEY } from './use-installs.ts'

export const UninstallDialog = ({
  install: { name, item_type: type },
  onClose,
}: {
  install: Install
  onClose: () => void
}) => (
  <ConfirmedAction
    title={`Uninstall ${name}?`}
    confirmLabel="Uninstall"
    act={() => api.installs.uninstall(name)}
    done={`${name} is uninstalled`}
    touches={[INSTALLS_KEY, MARKET_KEY, ['agents'], ['workflows']]}
    onClose={onClose}
  >
    The {type} gets no more work in your tenant. What it did stays on record, and it can be
    installed again.
  </ConfirmedAction>
)
