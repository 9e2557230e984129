import { ErrorState } from '../ui/notice.tsx'

/** A fault of the page itself, or a part of it that could not be loaded (after an upgrade). */
export const CrashPage = ({ error }: { error: unknown }) => (
  <>
    <title>Something went wrong · Cadre</title>
    <ErrorState isPage error={error} onRetry={() => location.reload()} />
  </>
)
