import { Dialog } from '../ui/dialog.tsx'
import { Kbd } from '../ui/badge.tsx'
import { PALETTE_KEYS } from './platform.ts'
import { useSections, type Section } from './sections.ts'
import { setShortcutsEnabled, useAreShortcutsEnabled } from './shortcuts.ts'

const rowsOf = (sections: readonly Section[]): (readonly [string, readonly string[]])[] => [
  ['Find anything', PALETTE_KEYS],
  ['Search this page', ['/']],
  ['New task', ['n']],
  ...sections.map((section) => [`Go to ${section.label}`, section.keys.split(' ')] as const),
  ['Next, previous row', ['j', 'k']],
  ['Show this sheet', ['?']],
]

export const ShortcutSheet = ({ onClose }: { onClose: () => void }) => {
  const areEnabled = useAreShortcutsEnabled()
  const sections = useSections()
  return (
    <Dialog isOpen onClose={onClose} title="Keyboard shortcuts" className="max-w-md">
      <dl className="divide-y divide-line">
        {rowsOf(sections).map(([action, keys]) => (
          <div key={action} className="flex items-center justify-between py-2 text-sm">
            <dt>{action}</dt>
            <dd className="flex gap-1">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <label className="mt-4 flex items-center gap-2.5 text-sm text-muted">
        <input
          type="checkbox"
          checked={areEnabled}
          onChange={(event) => setShortcutsEnabled(event.target.checked)}
          className="size-4"
        />
        Single-key shortcuts
      </label>
    </Dialog>
  )
}
