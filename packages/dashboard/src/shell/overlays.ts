import { useSyncExternalStore } from 'react'
import { createStore } from '../ui/store.ts'

export type Overlay = 'palette' | 'shortcuts' | 'new-task' | 'publish-agent' | null

const overlay = createStore<Overlay>(null)

/** The one dialog that any part of the page may open: palette, help, new task, new agent. */
export const useOverlay = () => useSyncExternalStore(overlay.subscribe, overlay.get)
export const openOverlay = (next: Exclude<Overlay, null>) => overlay.set(next)
export const closeOverlay = () => overlay.set(null)
