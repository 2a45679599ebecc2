/**
 * Folders of the host that guests use: a server for the protocol 9P2000.L, over descriptors and
 * never over paths.
 *
 * <p>Must not be here: guest memory, virtio.
 */
package atoll.share;
