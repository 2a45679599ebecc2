package atoll.image;

import java.nio.file.Path;

/**
 * A disk that a user works on, made from an image, with what it is booted by.
 *
 * @param disk a raw image
 * @param made whether it is new
 */
public record UserDisk(Path disk, Path kernel, Path initramfs, boolean made) {}
