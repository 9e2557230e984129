import { messageOf } from '../api/client.ts'
import { createStore } from '../ui/store.ts'
import { signIn } from './session.ts'

/** Why the link's key was refused; shown on the sign-in page. */
export const keyLinkError = createStore<string | null>(null)

/**
 * Signs in with the key of a link such as `http://host:8080/#key=cadre_…`. The key leaves the
 * address bar and the history before anything is sent; a fragment never reaches a server's log.
 */
export const signInFromLink = async (): Promise<void> => {
  const key = new URLSearchParams(location.hash.slice(1)).get('key')
  if (key === null) return
  history.replaceState(null, '', location.pathname + location.search)
  await signIn({ key }).catch((error: unknown) => keyLinkError.set(messageOf(error)))
}
