/** From the number of steps alone, so that nothing moves while the graph is on its way. */
export const graphHeightClass = (stepCount: number): string => {
  if (stepCount <= 4) return 'h-72'
  if (stepCount <= 12) return 'h-112'
  return stepCount <= 30 ? 'h-144 max-md:h-120' : 'h-176 max-md:h-120'
}
