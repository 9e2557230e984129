import { Pause, Play } from 'lucide-react'
import { MenuItem } from '../ui/menu.tsx'

/** Disables who or what may sign in, or enables it again. */
export const DisabledItem = ({
  isDisabled,
  onEnable,
  onDisable,
}: {
  isDisabled: boolean
  onEnable: () => void
  onDisable: () => void
}) =>
  isDisabled ? (
    <MenuItem onSelect={onEnable}>
      <Play size={14} aria-hidden /> Enable
    </MenuItem>
  ) : (
    <MenuItem onSelect={onDisable}>
      <Pause size={14} aria-hidden /> Disable
    </MenuItem>
  )
