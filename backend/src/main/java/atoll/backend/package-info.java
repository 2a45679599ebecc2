/** The host side of devices: disks, terminals. */
package atoll.backend;
