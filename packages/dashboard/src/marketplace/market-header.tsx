import { Link } from '@tanstack/react-router'
import { Upload } from 'lucide-react'
import type { ReactNode } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { buttonClass } from '../ui/button.tsx'
import { PageHeader } from '../ui/page-header.tsx'
import { useOwnTenant } from './use-market.ts'

/** The heading of the marketplace's pages, with the ways between them. */
export const MarketHeader = ({ title, note }: { title: string; note: ReactNode }) => {
  const may = useMay()
  return (
    <>
      <PageHeader
        title={title}
        note={note}
        actions={
          may('marketplace.publish') && (
            <Link to="/marketplace/publish" className={buttonClass({ look: 'primary' })}>
              <Upload size={14} aria-hidden /> Publish
            </Link>
          )
        }
      />
      <MarketPlaces />
    </>
  )
}

const placeClass =
  '-mb-px inline-flex h-9 items-center gap-1.5 border-b-2 border-transparent text-sm font-medium whitespace-nowrap text-muted hover:text-ink aria-[current]:border-ink aria-[current]:text-ink'

const MarketPlaces = () => {
  const may = useMay()
  const isOperator = useOwnTenant()?.is_platform === true
  return (
    <nav
      aria-label="Marketplace"
      className="-mx-4 mb-4 flex gap-5 overflow-x-auto border-b border-line px-4 [scrollbar-width:none] md:mx-0 md:px-0"
    >
      <Link
        to="/marketplace"
        activeOptions={{ exact: true, includeSearch: false }}
        className={placeClass}
      >
        Browse
      </Link>
      {may('install.read') && (
        <Link to="/marketplace/installs" className={placeClass}>
          Installed
        </Link>
      )}
      {may('marketplace.publish') && (
        <Link
          to="/marketplace/publications"
          activeOptions={{ includeSearch: false }}
          className={placeClass}
        >
          Publications
        </Link>
      )}
      {may('marketplace.review') && isOperator && (
        <Link to="/marketplace/reviews" className={placeClass}>
          Reviews
        </Link>
      )}
    </nav>
  )
}
