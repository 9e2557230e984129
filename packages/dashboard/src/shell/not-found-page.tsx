import { Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { buttonClass } from '../ui/button.tsx'
import { EmptyState } from '../ui/notice.tsx'

export const NotFoundPage = () => (
  <>
    <title>Not found · Cadre</title>
    <EmptyState
      icon={Compass}
      title="There is no page at this address"
      isPage
      action={
        <Link to="/" className={buttonClass()}>
          Go to tasks
        </Link>
      }
    >
      The link may be old, or a letter got lost on the way.
    </EmptyState>
  </>
)
