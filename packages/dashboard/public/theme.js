// Runs before the first paint so that a chosen theme never flashes. Kept outside the bundle and
// tiny because it blocks rendering.
try {
  const theme = localStorage.getItem('cadre.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is blocked: the system's theme applies.
}
