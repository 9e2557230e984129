import { useEffect, useSyncExternalStore } from 'react'
import { createStore } from './store.ts'

const SHOWN_MS = 5_000

const toast = createStore<{ text: string; key: number } | null>(null)
let count = 0

/** Says one short sentence, on screen and to screen readers. A newer one replaces it. */
export const notify = (text: string) => {
  count += 1
  toast.set({ text, key: count })
}

/** The one place where {@link notify} speaks. Always mounted, so that readers announce it. */
export const Toaster = () => {
  const current = useSyncExternalStore(toast.subscribe, toast.get)
  useEffect(() => {
    if (current === null) return
    const timer = setTimeout(() => toast.set(null), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [current])
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-20 z-50 flex justify-center md:bottom-6"
    >
      {current !== null && (
        <p
          key={current.key}
          className="max-w-md animate-pop rounded-lg bg-ink px-3.5 py-2 text-sm text-inverse shadow-pop"
        >
          {current.text}
        </p>
      )}
    </div>
  )
}
