const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** How this machine writes the command palette's keys. */
export const PALETTE_KEYS = isApple ? (['⌘', 'K'] as const) : (['Ctrl', 'K'] as const)
