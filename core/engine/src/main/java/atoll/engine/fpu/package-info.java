/**
 * Floating-point arithmetic by the bits: values and flags go in and come out. Knows no hart and no
 * register but those that it is given.
 */
package atoll.engine.fpu;
