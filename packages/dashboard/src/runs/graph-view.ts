/** Smaller than this a part of the graph is shown rather than all of it. */
export const READABLE_ZOOM = 0.6

/** The controls stand above the graph, never over a step of it. */
export const FIT = { padding: { top: '48px', x: 0.06, bottom: 0.06 }, maxZoom: 1 } as const
