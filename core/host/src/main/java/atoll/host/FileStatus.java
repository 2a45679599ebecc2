package atoll.host;

/**
 * What {@code statx(2)} says of a file. Times are seconds and nanoseconds since 1970.
 *
 * @param mode type and permissions
 * @param device the file system's number
 * @param special the number of the device that the file stands for
 * @param size bytes
 * @param blockSize bytes of a transfer that suits the file system
 * @param blocks allocated, of 512 bytes
 * @param born when it was made; nothing if {@code hasBirth} is false
 */
public record FileStatus(
    int mode,
    long device,
    long inode,
    int links,
    int user,
    int group,
    long special,
    long size,
    int blockSize,
    long blocks,
    Time accessed,
    Time modified,
    Time changed,
    Time born,
    boolean hasBirth) {
  // POSIX, <sys/stat.h>.
  public static final int TYPE = 0xf000;
  public static final int SOCKET = 0xc000;
  public static final int LINK = 0xa000;
  public static final int FILE = 0x8000;
  public static final int FOLDER = 0x4000;
  public static final int PIPE = 0x1000;

  /** A point in time. */
  public record Time(long seconds, int nanos) {}

  /** One of the types above, or a device's. */
  public int type() {
    return mode & TYPE;
  }

  public boolean isFolder() {
    return type() == FOLDER;
  }

  /** Whether both are of the same file, whatever its names. */
  public boolean sameFile(FileStatus other) {
    return device == other.device && inode == other.inode;
  }
}
