/**
 * What a backend implements so that a device has something behind it: disks, consoles, randomness.
 * Interfaces only.
 */
package atoll.device.spi;
