import { CadreError } from '@cadre/contract'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, type ReactNode } from 'react'
import { sessionEnded } from '../api/client.ts'
import { ErrorState } from '../ui/notice.tsx'
import { notify } from '../ui/toast.tsx'
import { forgetSession, sessionQuery } from './session.ts'
import { SignInPage } from './sign-in-page.tsx'
import { SuspendedPage } from './suspended-page.tsx'

/** Shows the product to those who are signed in, and the sign-in page, in place, to others. */
export const SessionGate = ({ children }: { children: ReactNode }) => {
  const session = useQuery(sessionQuery)
  const cache = useQueryClient()
  useEffect(() => {
    const onEnded = () => {
      forgetSession()
      notify('Your session has ended. Sign in again.')
    }
    const onSuspended = () => void cache.invalidateQueries({ queryKey: sessionQuery.queryKey })
    sessionEnded.addEventListener('ended', onEnded)
    sessionEnded.addEventListener('suspended', onSuspended)
    return () => {
      sessionEnded.removeEventListener('ended', onEnded)
      sessionEnded.removeEventListener('suspended', onSuspended)
    }
  }, [cache])

  if (session.isPending) return null
  if (session.isError) {
    const retry = () => void session.refetch()
    if (session.error instanceof CadreError && session.error.code === 'tenant.suspended')
      return <SuspendedPage error={session.error} onRetry={retry} />
    return (
      <main className="grid min-h-dvh place-items-center">
        <title>Cadre</title>
        <ErrorState isPage error={session.error} onRetry={retry} />
      </main>
    )
  }
  return session.data === null ? <SignInPage /> : children
}
