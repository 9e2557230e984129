import { useEffect, useEffectEvent, useSyncExternalStore } from 'react'
import { createStore } from '../ui/store.ts'

const SEQUENCE_MS_MAX = 1_000
const STORAGE_KEY = 'cadre.single-key-shortcuts'

const readStored = () => {
  try {
    return localStorage.getItem(STORAGE_KEY) !== 'off'
  } catch {
    return true
  }
}

/** Single-key shortcuts can be turned off (WCAG 2.1.4): speech input may press them by accident. */
const areEnabled = createStore(readStored())
export const useAreShortcutsEnabled = () =>
  useSyncExternalStore(areEnabled.subscribe, areEnabled.get)
export const setShortcutsEnabled = (next: boolean) => {
  areEnabled.set(next)
  try {
    localStorage.setItem(STORAGE_KEY, next ? 'on' : 'off')
  } catch {
    // Storage is blocked: the choice holds until the page is left.
  }
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('input, textarea, select, [role="menuitem"]'))

const isCommandK = (event: KeyboardEvent) =>
  (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k'

export type Shortcuts = Readonly<Record<string, () => void>>

/**
 * Binds keys such as `?`, sequences such as `g t`, and `mod+k`. Keys pressed while typing or in a
 * dialog are left alone, `mod+k` excepted.
 */
export const useShortcuts = (shortcuts: Shortcuts) => {
  const run = useEffectEvent((name: string) => {
    const action = Object.hasOwn(shortcuts, name) ? shortcuts[name] : undefined
    action?.()
    return action !== undefined
  })
  useEffect(() => {
    let first = ''
    let firstAt = 0
    const onKey = (event: KeyboardEvent) => {
      if (isCommandK(event)) return void (run('mod+k') && event.preventDefault())
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return
      if (!areEnabled.get() || isTyping(event.target)) return
      if (document.querySelector('dialog[open]') !== null) return
      const isSecond = first !== '' && event.timeStamp - firstAt < SEQUENCE_MS_MAX
      // A key that completes no sequence counts for itself.
      if ((isSecond && run(`${first} ${event.key}`)) || run(event.key)) {
        event.preventDefault()
        first = ''
      } else {
        first = event.key
        firstAt = event.timeStamp
      }
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}
