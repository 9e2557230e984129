export const openStartsLog: (path: string) => { note(job: number): void; close(): void }
/** Pairs of job and time in ms since 1970, in the order in which they were noted. */
export const readStarts: (path: string) => [job: number, atMs: number][]
