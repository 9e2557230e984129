/** How a program ended, as far as its own thread can tell. */
export type GuestEnd =
  | { outcome: 'exit'; exitCode: number }
  | { outcome: 'trap' | 'out_of_memory' | 'output_limit' | 'invalid_module'; error: string }
  /** A fault of the host's own code; never the program's doing. */
  | { outcome: 'runner_lost'; error: string }

/** Unwinds the program's stack after its end was reported. */
export class GuestEnded extends Error {
  override readonly name = 'GuestEnded'
}

/**
 * Reports the first end and keeps unwinding afterwards. A program may catch the exception that
 * unwinds it (`catch_all` does), so every later call into the host throws again, and the report
 * has already left: nothing the program does after its end counts.
 */
export class Ending {
  private readonly report: (end: GuestEnd) => void
  private isReported = false

  constructor(report: (end: GuestEnd) => void) {
    this.report = report
  }

  end(end: GuestEnd): never {
    this.note(end)
    throw new GuestEnded()
  }

  note(end: GuestEnd): void {
    if (this.isReported) return
    this.isReported = true
    this.report(end)
  }

  /** Called at the begin of every host call. */
  assertRunning(): void {
    if (this.isReported) throw new GuestEnded()
  }
}
