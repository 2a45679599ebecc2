/**
 * The interfaces that a backend implements for devices: disks, consoles, networks. Interfaces, and
 * the frames that networks carry.
 */
package atoll.device.spi;
