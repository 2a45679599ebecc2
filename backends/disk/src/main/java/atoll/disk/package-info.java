/**
 * Disks in files of the host: each class is a {@link atoll.device.spi.BlockBackend}.
 *
 * <p>Must not be here: guest memory, virtio, what a guest is told about errors.
 */
package atoll.disk;
