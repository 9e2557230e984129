import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Dialog, type DialogProps } from './dialog.tsx'
import { FormError } from './notice.tsx'

export interface FormDialogProps extends Pick<
  DialogProps,
  'title' | 'description' | 'className' | 'onClose' | 'dismissedBy'
> {
  /** The fields. */
  children: ReactNode
  submitLabel: string
  /** Default `Cancel`. */
  dismissLabel?: string
  look?: 'primary' | 'danger'
  isDisabled?: boolean
  /** What the form sends: how far it is, and why it was refused. */
  sent: { error: unknown; isPending: boolean }
  /** Fields of the body that say their own faults. */
  fields?: readonly string[]
  /** The button that has the focus at first, where no field has it. */
  focus?: 'submit' | 'dismiss'
  /** Whether the browser checks the fields before they are sent. */
  isCheckedByBrowser?: boolean
  onSubmit: () => void
}

/**
 * Asks for something by a form. A press beside it does not close it unless `dismissedBy` says so:
 * what was filled in would be lost.
 */
export const FormDialog = ({
  children,
  submitLabel,
  dismissLabel = 'Cancel',
  look = 'primary',
  isDisabled = false,
  sent,
  fields,
  focus,
  isCheckedByBrowser = false,
  onSubmit,
  dismissedBy = 'escape',
  ...dialog
}: FormDialogProps) => (
  <Dialog isOpen dismissedBy={dismissedBy} {...dialog}>
    <form
      noValidate={!isCheckedByBrowser}
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      {children}
      <FormError error={sent.error} fields={fields} />
      <div className="flex justify-end gap-2">
        <Button data-initial-focus={focus === 'dismiss' || undefined} onClick={dialog.onClose}>
          {dismissLabel}
        </Button>
        <Button
          type="submit"
          look={look}
          disabled={isDisabled}
          isBusy={sent.isPending}
          data-initial-focus={focus === 'submit' || undefined}
        >
          {submitLabel}
        </Button>
      </div>
    </form>
  </Dialog>
)
