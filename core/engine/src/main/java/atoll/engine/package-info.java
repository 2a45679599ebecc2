/**
 * The hart: registers, CSRs, traps, MMU, FPU, and the interpreter that executes it.
 *
 * <p>The kernel sees {@link atoll.cpu.Cpu} and {@link atoll.cpu.Exit} only, which know no
 * instruction set. Must not be here: devices, scheduling, I/O, what a hypercall does.
 */
package atoll.engine;
