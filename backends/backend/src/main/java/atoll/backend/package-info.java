/**
 * The host side of devices: raw disks, entropy, and consoles on a terminal or a pipe. Each class
 * implements an interface of {@link atoll.device.spi}.
 *
 * <p>Must not be here: guest memory and its layout, virtio, what a guest is told about errors.
 */
package atoll.backend;
