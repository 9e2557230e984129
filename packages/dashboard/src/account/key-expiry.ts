/** How long a key may be good for, in days; null leaves it to the server. */
export const EXPIRIES = {
  '7 days': 7,
  '30 days': 30,
  '90 days': 90,
  'One year': 365,
  'As long as the server allows': null,
} as const

const DAY_MS = 86_400_000

export const expiryOf = (choice: keyof typeof EXPIRIES, nowMs: number): string | undefined => {
  const days = EXPIRIES[choice]
  return days === null ? undefined : new Date(nowMs + days * DAY_MS).toISOString()
}
