/**
 * The four functions our programs ask of their host. The compiler takes the name of this file as
 * the name of the imported module, and imports only those functions that a program really calls.
 */

/** Reads into the first of `vectorCount` (pointer, length) pairs; answers an errno. */
export declare function fd_read(fd: i32, vectors: usize, vectorCount: i32, sizeOut: usize): i32

/** Writes what the (pointer, length) pairs hold, or a part of it; answers an errno. */
export declare function fd_write(fd: i32, vectors: usize, vectorCount: i32, sizeOut: usize): i32

/** Fills `length` bytes with randomness; answers an errno. */
export declare function random_get(start: usize, length: i32): i32

/** Ends the program. Does not return. */
export declare function proc_exit(code: i32): void
