import { useState } from 'react'

/**
 * The token behind the `#` of a link, read once. It leaves the address bar and the history, where
 * it would be in sight and could be copied along.
 */
export const useLinkToken = (): string => {
  const [token] = useState(() => location.hash.slice(1))
  if (location.hash !== '') history.replaceState(history.state, '', location.pathname)
  return token
}
