/**
 * Harts as others see them: the hart and its group, the choice of engine and MMU, what can be asked
 * of a hart, and the reports that it gives.
 *
 * <p>The kernel sees {@link atoll.cpu.Cpu} and {@link atoll.cpu.Exit} only, which know no
 * instruction set. The lowest street of the engine but for {@code fpu}: interfaces, values and
 * numbers, which the streets implement and {@code atoll.engine.software} makes. Must not be here:
 * anything that executes; and in no street: devices, scheduling, I/O, what a hypercall does.
 */
package atoll.engine;
