/** From the number of steps alone, so that nothing moves while the graph is on its way. */
export const graphHeightClass = (stepCount: number): string => {
  if (stepCount <= 4) return 'h-72'
  return stepCount <= 12 ? 'h-112' : 'h-152 max-md:h-120'
}
