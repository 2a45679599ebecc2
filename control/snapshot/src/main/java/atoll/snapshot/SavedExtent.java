package atoll.snapshot;

import java.nio.file.Path;

/**
 * A part of a region of memory that is in a file.
 *
 * @param offset of its first byte in the region
 * @param bytes whole pages of 4096 bytes
 * @param file that has them
 * @param place of the first byte in the file, a multiple of 4096
 */
public record SavedExtent(long offset, long bytes, Path file, long place) {}
