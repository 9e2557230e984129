import type { MarketplaceVersion } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { Download, PackageCheck, PackageOpen } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { InstallDialog } from './install-dialog.tsx'
import { useIsOwn } from './use-market.ts'
import { useInstallsOf } from './use-installs.ts'

/** Takes an item into one's own tenant, or leads to where it is there already. */
export const InstallAction = ({ version }: { version: MarketplaceVersion }) => {
  const [isInstalling, setInstalling] = useState(false)
  const may = useMay()
  if (version.state !== 'approved' || !may('install.read')) return null
  return (
    // As high as what is coming, so that nothing moves when it is known.
    <div className="flex min-h-8.5 min-w-28 justify-end max-sm:w-full max-sm:justify-start">
      <Way version={version}>
        {may('install.create') && (
          <Button look="primary" onClick={() => setInstalling(true)}>
            <Download size={14} aria-hidden /> Install
          </Button>
        )}
      </Way>
      {isInstalling && <InstallDialog version={version} onClose={() => setInstalling(false)} />}
    </div>
  )
}

const Way = ({ version, children }: { version: MarketplaceVersion; children: ReactNode }) => {
  const installs = useInstallsOf(version.name)
  const isOwn = useIsOwn(version.publisher)
  const may = useMay()
  const [installed] = installs ?? []
  if (installed !== undefined)
    return (
      <Link to="/marketplace/installs" className={buttonClass()}>
        <PackageCheck size={14} aria-hidden className="text-good" />
        Installed {installed.version}
      </Link>
    )
  if (installs === undefined || isOwn === null) return null
  if (!isOwn) return children
  return (
    may('marketplace.publish') && (
      <Link to="/marketplace/publications" className={buttonClass()}>
        <PackageOpen size={14} aria-hidden /> Yours
      </Link>
    )
  )
}
