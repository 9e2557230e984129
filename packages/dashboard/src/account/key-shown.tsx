import type { CreatedApiKey } from '@cadre/contract'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'

export const KeyShown = ({ made, onClose }: { made: CreatedApiKey; onClose: () => void }) => (
  <Dialog isOpen onClose={onClose} title={`The key ${made.api_key.label}`} dismissedBy="nothing">
    <ShownOnce value={made.key} />
    <div className="mt-5 flex justify-end">
      <Button look="primary" data-initial-focus onClick={onClose}>
        I have kept it
      </Button>
    </div>
  </Dialog>
)
