import { useQuery } from '@tanstack/react-query'
import { Navigate, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { notify } from '../ui/toast.tsx'
import { sessionQuery } from './session.ts'
import { SignInPage } from './sign-in-page.tsx'
import { failureWords } from './sign-in-search.ts'

/** Where the server leads a browser whose sign-in with the issuer failed. */
export const FailedSignIn = () => {
  const failure = failureWords(useSearch({ from: '/sign-in' }))
  const session = useQuery(sessionQuery)
  if (session.isPending) return null
  return session.data ? (
    <StillSignedIn failure={failure} />
  ) : (
    <SignInPage failure={failure} returnTo="/" />
  )
}

/** Who had a session before keeps it, and learns all the same that another did not begin. */
const StillSignedIn = ({ failure }: { failure: string | undefined }) => {
  useEffect(() => {
    if (failure !== undefined) notify(failure)
  }, [failure])
  return <Navigate to="/" search={{}} replace />
}
