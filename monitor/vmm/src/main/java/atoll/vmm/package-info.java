/**
 * The user-level monitor of one virtual machine: its board, its boot loader and device tree, the
 * supervisor binary interface (SBI) it serves, and the dispatcher of its exits.
 *
 * <p>{@link atoll.vmm.VirtualMachine} is the entry point. The parts of a machine that are specific
 * to RISC-V, apart from its harts, are here. Must not be here: other virtual machines, host files
 * beyond the images that are loaded, host terminals and sockets.
 */
package atoll.vmm;
