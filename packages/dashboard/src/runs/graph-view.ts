/** Smaller than this a part of the graph is shown rather than all of it. */
export const READABLE_ZOOM = 0.6

export const FIT = { padding: 0.06, maxZoom: 1 } as const
