/**
 * Host code, whatever the processor: where it lies, the numbers by which it is left, what a region
 * consists of, and {@link atoll.engine.target.Target}, behind which everything is that belongs to
 * one kind of processor. Knows no such kind.
 */
package atoll.engine.target;
