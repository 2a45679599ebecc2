/**
 * Networks: a switch between guests, and by choice a gateway behind which is the host's own
 * network. Knows frames and sockets; no guest memory and no virtio.
 */
package atoll.net;
