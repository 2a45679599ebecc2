package atoll.image;

import java.nio.file.Path;

/**
 * A Linux guest's files, ready to boot.
 *
 * @param kernel an {@code Image} file
 * @param initramfs an archive whose {@code init} gives a shell
 * @param version what the kernel's package is called, with its version
 * @param busybox the program that is the guest's shell and tools, linked statically
 */
public record LinuxImages(Path kernel, Path initramfs, String version, Path busybox) {}
