/**
 * A virtual CPU as the kernel sees it: something that runs guest code until it exits. The engine's
 * harts are one kind; another kind, such as a CPU of the host's KVM, implements the same interface.
 *
 * <p>Must not be here: an instruction set, memory, how code is executed.
 */
package atoll.cpu;
