import { X } from 'lucide-react'
import { useEffect, useId, useRef, type ReactNode } from 'react'
import { IconButton } from './button.tsx'
import { cx } from './cx.ts'

export interface DialogProps {
  isOpen: boolean
  onClose: () => void
  title: string
  description?: string
  children: ReactNode
  /** Its greatest width, such as `max-w-md`. Default `max-w-lg`. */
  className?: string
  /**
   * What closes it besides its own buttons: Escape and a press beside it, Escape only (where a
   * form could be lost), or nothing (where something is shown once). Default `anything`.
   */
  dismissedBy?: 'anything' | 'escape' | 'nothing'
  /** A dialog that draws its own heading keeps the title for screen readers only. */
  hasPlainFrame?: boolean
}

/**
 * A modal dialog on the browser's own `<dialog>`: the focus trap, the inert page behind and
 * Escape come with it, and no style element has to be injected (a strict style policy holds).
 * The element marked `data-initial-focus` has the focus at first.
 */
export const Dialog = (props: DialogProps) => (props.isOpen ? <OpenDialog {...props} /> : null)

const OpenDialog = ({
  onClose,
  title,
  description,
  children,
  className,
  dismissedBy = 'anything',
  hasPlainFrame = false,
}: DialogProps) => {
  const element = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const opener = document.activeElement
    const dialog = element.current
    dialog?.showModal()
    dialog?.querySelector<HTMLElement>('[data-initial-focus]')?.focus()
    return () => {
      dialog?.close()
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true })
    }
  }, [])

  return (
    // The dialog itself is the backdrop's click target: only presses outside its frame reach it.
    <dialog
      ref={element}
      aria-labelledby={titleId}
      onCancel={(event) => {
        if (event.target !== element.current) return
        event.preventDefault()
        if (dismissedBy !== 'nothing') onClose()
      }}
      // A browser may close it all the same when Escape is pressed again and again.
      onClose={(event) => event.target === element.current && onClose()}
      onMouseDown={(event) =>
        event.target === element.current && dismissedBy === 'anything' && onClose()
      }
      className={cx(
        'm-auto max-h-[calc(100dvh-2rem)] w-[calc(100vw-1.5rem)] animate-pop overflow-y-auto rounded-xl bg-raised p-0 text-ink shadow-pop backdrop:bg-scrim',
        hasPlainFrame && 'mt-[12vh]',
        className ?? (hasPlainFrame ? 'max-w-xl' : 'max-w-lg'),
      )}
    >
      {hasPlainFrame ? (
        <div>
          <h2 id={titleId} className="sr-only">
            {title}
          </h2>
          {children}
        </div>
      ) : (
        <div className="p-5">
          <header className="mb-4 flex items-start gap-3">
            <div className="min-w-0 flex-1">
              <h2 id={titleId} className="text-lg font-semibold tracking-tight">
                {title}
              </h2>
              {description !== undefined && (
                <p className="mt-1 text-sm text-muted">{description}</p>
              )}
            </div>
            {dismissedBy !== 'nothing' && (
              <IconButton label="Close" size="small" onClick={onClose} className="-mt-0.5 -mr-1.5">
                <X size={16} aria-hidden />
              </IconButton>
            )}
          </header>
          {children}
        </div>
      )}
    </dialog>
  )
}
