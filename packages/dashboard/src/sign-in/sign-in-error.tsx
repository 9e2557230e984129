import { CadreError } from '@cadre/contract'
import { useState } from 'react'
import { messageOf } from '../api/client.ts'
import { formatCountdown } from '../ui/format.ts'
import { useNow } from '../ui/time.tsx'

/** Why nobody was let in; who tried too often sees how long to wait. */
export const SignInError = ({ error }: { error: unknown }) =>
  error instanceof CadreError && error.retryAfterSeconds !== null ? (
    <Wait key={error.requestId} error={error} seconds={error.retryAfterSeconds} />
  ) : (
    <>{messageOf(error)}</>
  )

const Wait = ({ error, seconds }: { error: CadreError; seconds: number }) => {
  const now = useNow()
  const [untilMs] = useState(() => Date.now() + seconds * 1_000)
  const leftMs = untilMs - now
  return leftMs <= 0 ? (
    <>You can try again now.</>
  ) : (
    <>
      {error.message.replace(/ Try again later\.$/, '')} Try again in{' '}
      <span className="tabular-nums">{formatCountdown(leftMs)}</span>.
    </>
  )
}
