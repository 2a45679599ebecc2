package atoll.net;

/**
 * Where a guest's address is: at which port of the network, and behind which hardware address.
 *
 * @param mac 48 bits
 */
record Neighbour(IpAddress address, long mac, NetworkPort port) {}
