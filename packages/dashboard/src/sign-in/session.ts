import { CadreError, type Identity, type SignIn } from '@cadre/contract'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../api/client.ts'
import { queryClient } from '../api/query-client.ts'

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: (): Promise<Identity | null> =>
    api.session.whoAmI().catch((error: unknown) => {
      if (error instanceof CadreError && error.status === 401) return null
      throw error
    }),
  // What somebody may do can change while they are signed in.
  staleTime: 60_000,
})

export const signIn = async (credential: SignIn): Promise<void> => {
  const identity = await api.session.signIn(credential)
  queryClient.setQueryData(sessionQuery.queryKey, identity)
}

/** Leaves nothing of the former identity in memory. */
export const signOut = async (): Promise<void> => {
  const signedOut = await api.session.signOut()
  forgetSession()
  if (signedOut !== undefined) location.assign(signedOut.issuer_sign_out_url)
}

export const forgetSession = () => {
  queryClient.setQueryData(sessionQuery.queryKey, null)
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' })
}
