/**
 * The interfaces that a backend implements for devices: disks, consoles, randomness. Interfaces
 * only.
 */
package atoll.device.spi;
