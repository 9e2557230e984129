/** Cadre's mark: a frame, and the work inside it. */
export const Logo = ({ size = 22 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden>
    <path
      d="M11 4H4v7M21 4h7v7M11 28H4v-7M21 28h7v-7"
      stroke="currentColor"
      strokeWidth="3.2"
      strokeLinecap="square"
    />
    <rect x="11" y="11" width="10" height="10" rx="1.6" className="fill-accent" />
  </svg>
)
