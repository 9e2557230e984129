// Places of admitted tasks in the broker. The lowest goes first.

/**
 * Levels below this one overtake what is there already. A tenant gets them while it runs less
 * than each tenant that it would overtake, so that overtaking ends as soon as somebody runs
 * nothing: nobody starves by it.
 */
export const EXPRESS_LEVELS = 5

/** Where tenants meet, the order is that of their turns, behind what was there before. */
export const LEVEL_OF_TURNS = 9
