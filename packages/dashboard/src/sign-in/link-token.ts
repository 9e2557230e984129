import { useEffect, useState } from 'react'

/**
 * The token behind the `#` of a link. It leaves the address bar and the history, where it would be
 * in sight and could be copied along.
 */
export const useLinkToken = (): string => {
  const [token, setToken] = useState(() => location.hash.slice(1))
  useEffect(() => {
    const take = () => {
      if (location.hash.length < 2) return
      setToken(location.hash.slice(1))
      history.replaceState(history.state, '', location.pathname)
    }
    take()
    // Another link, opened where one was open before, loads no page anew.
    window.addEventListener('hashchange', take)
    return () => window.removeEventListener('hashchange', take)
  }, [])
  return token
}
