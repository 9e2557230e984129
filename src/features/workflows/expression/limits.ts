/** Bounds of expressions, whatever they were written for: none of them can be widened by a tenant. */

/** UTF-16 units of one expression. */
export const EXPRESSION_LENGTH_MAX = 4_096
/** Nodes of one expression's syntax tree. */
export const NODES_MAX = 1_000
/** Parentheses, calls, indexes and literals within each other. */
export const NESTING_MAX = 50
/** Macros such as `map` and `exists` within each other. */
export const COMPREHENSIONS_NESTED_MAX = 4
/**
 * What one evaluation (a condition, or a whole template) may do: a step is one node of the tree,
 * or so much of an operation on a long value as takes as long. A million take about 20 ms.
 */
export const STEPS_MAX = 1_000_000
/** UTF-16 units of any text that an expression makes. */
export const TEXT_LENGTH_MAX = 1_048_576
/** Bytes of JSON that one evaluation may give. */
export const OUTPUT_BYTES_MAX = 1_048_576
/** Nesting of what an evaluation gives. */
export const OUTPUT_DEPTH_MAX = 100
/** UTF-16 units of a regular expression. */
export const PATTERN_LENGTH_MAX = 500
