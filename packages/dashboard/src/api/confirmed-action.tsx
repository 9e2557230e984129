import type { ReactNode } from 'react'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { useAction } from './use-action.ts'

export interface ConfirmedActionProps {
  title: string
  /** What follows from it. */
  children: ReactNode
  confirmLabel: string
  dismissLabel?: string
  act: () => Promise<unknown>
  /** Said in a toast when it is done. */
  done: string
  /** Keys of what is shown otherwise afterwards. */
  touches: readonly (readonly unknown[])[]
  onClose: () => void
}

/** Asks before it does something, and closes when that is done. */
export const ConfirmedAction = ({ act, done, touches, ...dialog }: ConfirmedActionProps) => {
  const action = useAction(act, { done, touches, onDone: dialog.onClose })
  return <ConfirmDialog {...dialog} isBusy={action.isPending} onConfirm={() => action.mutate()} />
}
