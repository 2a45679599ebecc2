/**
 * Virtio transports, the split queue and the devices behind them (OASIS virtio 1.2; section numbers
 * in this package are that document's).
 *
 * <p>A {@link atoll.virtio.VirtioDevice} knows features, configuration and how to serve its queues;
 * a {@link atoll.virtio.VirtioSession} is one driver's use of it; a transport such as {@link
 * atoll.virtio.VirtioMmio} is only registers. Everything that a driver supplies is hostile until it
 * is checked, and what is wrong ends in DEVICE_NEEDS_RESET, never in an exception. No host files or
 * sockets here.
 */
package atoll.virtio;
