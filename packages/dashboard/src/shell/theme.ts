import { useSyncExternalStore } from 'react'
import { createStore } from '../ui/store.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const STORAGE_KEY = 'cadre.theme'

/** `public/theme.js` has put the stored choice on the root element before the first paint. */
const stored = (): Theme => {
  const theme = document.documentElement.dataset['theme']
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

const theme = createStore<Theme>(stored())

export const useTheme = () => useSyncExternalStore(theme.subscribe, theme.get)

export const setTheme = (next: Theme) => {
  if (next === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = next
  theme.set(next)
  try {
    localStorage.setItem(STORAGE_KEY, next)
  } catch {
    // Storage is blocked: the choice holds until the page is left.
  }
}
