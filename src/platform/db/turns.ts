export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>

/** One after the other, in order of asking. */
export const createTurns = (): InTurn => {
  let previous: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = previous.then(work)
    previous = turn.catch(() => {})
    return turn
  }
}
