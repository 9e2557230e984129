/** What a peer's program needs to reach its server. */
export type PeerAddress = Readonly<Record<string, string | number | undefined>>

/** One system under test: how to bring it up, and what its figures stand for. */
export interface Peer {
  /** Of its program in `programs/`. */
  program: string
  name: string
  /** What an acknowledged job is worth, in a few words. */
  promise: string
  /** Jobs of one bulk call at the most. */
  bulkMax: number
  /** Workers that may run side by side: a service endpoint has one address only. */
  workersMax: 1 | 2
  /** Starts its server on fresh data; the process whose memory is watched, if it has one. */
  start(): Promise<{ address: PeerAddress; serverPid: number | null; stop(): Promise<void> }>
}

/** What `connect` of a program answers. Resolves once the job is acknowledged. */
export interface PeerClient {
  createOne(job: number): Promise<unknown>
  createMany(jobs: readonly number[]): Promise<unknown>
  close(): Promise<unknown>
}
