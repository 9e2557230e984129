/** Runs within runs. */
export const NESTING_MAX = 8
/** Elements of one fan-out. */
export const ITEMS_MAX = 10_000
/** Results of one fan-out together, as JSON. */
export const COLLECTED_BYTES_MAX = 16_777_216
/** The shared payload as JSON. */
export const PAYLOAD_BYTES_MAX = 1_048_576
