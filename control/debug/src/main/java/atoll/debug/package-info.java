/**
 * Lets gdb, and whatever speaks its remote serial protocol, debug virtual machines: VMs are its
 * inferiors (processes), harts its threads.
 *
 * <p>Must not be here: how a VM is made, or what a scenario says. A VM is a {@link
 * atoll.debug.DebugTarget}, which others implement.
 */
package atoll.debug;
