package atoll.image;

import java.nio.file.Path;

/**
 * A disk that a user works on, made from an image, with what it is booted by.
 *
 * @param disk a qcow2 image over the image that it was made from; older ones are raw
 * @param made whether it is new
 */
public record UserDisk(Path disk, Path kernel, Path initramfs, boolean made) {}
