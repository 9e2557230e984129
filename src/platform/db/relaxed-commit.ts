/**
 * Column of a statement that a crash of the database may undo without harm: its commit is not
 * waited for. Only what is found and done again by itself may say so (decision 17). It holds for
 * the whole transaction that the statement is in, so this must be its only one.
 */
export const RELAXED_COMMIT = `(select set_config('synchronous_commit', 'off', true))`
