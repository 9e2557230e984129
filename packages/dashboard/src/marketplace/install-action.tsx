import type { MarketplaceVersion } from '@cadre/contract'
import { Link } from '@tanstack/react-router'
import { Download, PackageCheck } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../sign-in/permissions.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { InstallDialog } from './install-dialog.tsx'
import { useInstallsOf } from './use-installs.ts'

/** Takes an item into one's own tenant, or leads to where it is. */
export const InstallAction = ({ version }: { version: MarketplaceVersion }) => {
  const [isInstalling, setInstalling] = useState(false)
  const may = useMay()
  const installs = useInstallsOf(version.name)
  if (version.state !== 'approved') return null
  return (
    <div className="flex flex-wrap gap-2">
      {installs.length > 0 && (
        <Link to="/marketplace/installs" className={buttonClass()}>
          <PackageCheck size={14} aria-hidden className="text-good" />
          Installed {installs[0]?.version}
        </Link>
      )}
      {may('install.create') && installs.length === 0 && (
        <Button look="primary" onClick={() => setInstalling(true)}>
          <Download size={14} aria-hidden /> Install
        </Button>
      )}
      {isInstalling && <InstallDialog version={version} onClose={() => setInstalling(false)} />}
    </div>
  )
}
