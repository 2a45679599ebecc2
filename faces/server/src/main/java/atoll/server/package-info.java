/**
 * A running system as other programs of its user reach it: the control socket, the lines of JSON
 * that pass over it, and the client's end of it. Requests become {@link atoll.manager.VmAction}s,
 * and {@link atoll.manager.Event}s become lines.
 *
 * <p>Must not be here: what a command line looks like, and anything that a VM waits for.
 */
package atoll.server;
