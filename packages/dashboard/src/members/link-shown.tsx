import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { formatMoment } from '../ui/format.ts'
import { ShownOnce } from '../ui/shown-once.tsx'

/** A link to hand over, shown this once. */
export const LinkShown = ({
  title,
  link,
  token,
  page,
  expiresAt,
  onClose,
}: {
  title: string
  /** Null where the server was not told its own address: then this page's is as good. */
  link: string | null
  token: string
  page: 'invitation' | 'password-reset'
  expiresAt: string
  onClose: () => void
}) => (
  <Dialog
    isOpen
    onClose={onClose}
    title={title}
    description={`Hand the link over yourself: Cadre sends no mail. Good once, until ${formatMoment(expiresAt)}.`}
    dismissedBy="nothing"
  >
    <ShownOnce value={link ?? `${location.origin}/${page}#${token}`} noun="link" />
    <div className="mt-5 flex justify-end">
      <Button look="primary" data-initial-focus onClick={onClose}>
        I have kept it
      </Button>
    </div>
  </Dialog>
)
