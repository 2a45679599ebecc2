/**
 * The user-level monitor of one virtual machine: its board, its boot loader and device tree, the
 * supervisor binary interface (SBI) it serves, and the dispatcher of its exits.
 *
 * <p>{@link atoll.vmm.VirtualMachine} is the entrance. What is RISC-V about a machine, apart from
 * its harts, is here. Must not be here: other virtual machines, host files beyond the images that
 * are loaded, host terminals and sockets.
 */
package atoll.vmm;
