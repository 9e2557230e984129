import { lazy, Suspense } from 'react'
import { closeOverlay, useOverlay } from './overlays.ts'

const CommandPalette = lazy(async () => ({
  default: (await import('./command-palette.tsx')).CommandPalette,
}))
const ShortcutSheet = lazy(async () => ({
  default: (await import('./shortcut-sheet.tsx')).ShortcutSheet,
}))
const NewTaskDialog = lazy(async () => ({
  default: (await import('../tasks/new-task-dialog.tsx')).NewTaskDialog,
}))
const PublishDialog = lazy(async () => ({
  default: (await import('../agents/publish-dialog.tsx')).PublishDialog,
}))

/** Dialogs load when they are first opened; the page does not wait for them. */
export const OverlayHost = () => {
  const overlay = useOverlay()
  return (
    <Suspense>
      {overlay === 'palette' && <CommandPalette onClose={closeOverlay} />}
      {overlay === 'shortcuts' && <ShortcutSheet onClose={closeOverlay} />}
      {overlay === 'new-task' && <NewTaskDialog onClose={closeOverlay} />}
      {overlay === 'publish-agent' && <PublishDialog onClose={closeOverlay} />}
    </Suspense>
  )
}
