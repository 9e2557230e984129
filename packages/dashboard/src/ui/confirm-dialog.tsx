import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

/** Asks before something that cannot be taken back. The safe way out has the focus. */
export const ConfirmDialog = ({
  title,
  children,
  confirmLabel,
  dismissLabel = 'Keep',
  isBusy,
  onConfirm,
  onClose,
}: {
  title: string
  children: ReactNode
  confirmLabel: string
  dismissLabel?: string
  isBusy: boolean
  onConfirm: () => void
  onClose: () => void
}) => (
  <Dialog isOpen onClose={onClose} title={title} className="max-w-md">
    <div className="text-sm text-muted">{children}</div>
    <div className="mt-5 flex justify-end gap-2">
      <Button data-initial-focus onClick={onClose}>
        {dismissLabel}
      </Button>
      <Button look="danger" isBusy={isBusy} onClick={onConfirm}>
        {confirmLabel}
      </Button>
    </div>
  </Dialog>
)
