package atoll.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * An initial file system in the "newc" format that Linux unpacks ({@code
 * Documentation/driver-api/early-userspace/buffer-format.rst}). Paths have no leading slash.
 */
public final class CpioArchive {
  private static final int DIRECTORY = 0040755;
  private static final int EXECUTABLE = 0100755;
  private static final int CHARACTER_DEVICE = 0020600;
  private static final int SYMBOLIC_LINK = 0120777;

  private static final String TRAILER = "TRAILER!!!";
  private static final int HEADER = 110;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int inode = 1;

  public CpioArchive directory(String path) {
    return entry(path, DIRECTORY, 0, 0, new byte[0]);
  }

  public CpioArchive executable(String path, byte[] contents) {
    return entry(path, EXECUTABLE, 0, 0, contents);
  }

  public CpioArchive link(String path, String target) {
    return entry(path, SYMBOLIC_LINK, 0, 0, target.getBytes(StandardCharsets.US_ASCII));
  }

  public CpioArchive characterDevice(String path, int major, int minor) {
    return entry(path, CHARACTER_DEVICE, major, minor, new byte[0]);
  }

  /** The archive with its trailer; nothing can be added afterwards. */
  public byte[] toBytes() {
    entry(TRAILER, 0, 0, 0, new byte[0]);
    return out.toByteArray();
  }

  /**
   * The contents of a regular file in an archive of this format; empty if it is not there.
   *
   * @throws IllegalArgumentException if the archive is none
   */
  public static Optional<byte[]> extract(byte[] archive, String path) {
    int at = 0;
    while (true) {
      if (!text(archive, at, 6).equals("070701")) {
        throw new IllegalArgumentException("no newc archive at byte " + at);
      }
      int size = field(archive, at, 6);
      int nameSize = field(archive, at, 11);
      String name = text(archive, at + HEADER, nameSize - 1);
      int data = aligned(at + HEADER + nameSize);
      if (name.equals(path)) {
        return Optional.of(Arrays.copyOfRange(archive, data, data + size));
      }
      if (name.equals(TRAILER)) {
        return Optional.empty();
      }
      at = aligned(data + size);
    }
  }

  private static int field(byte[] archive, int entry, int index) {
    return Integer.parseUnsignedInt(text(archive, entry + 6 + 8 * index, 8), 16);
  }

  private static String text(byte[] archive, int at, int length) {
    return new String(archive, at, length, StandardCharsets.US_ASCII);
  }

  private static int aligned(int at) {
    return at + 3 & -4;
  }

  private CpioArchive entry(String name, int mode, int major, int minor, byte[] data) {
    byte[] path = (name + "\0").getBytes(StandardCharsets.US_ASCII);
    int[] header = {inode++, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, path.length, 0};
    StringBuilder text = new StringBuilder("070701");
    for (int field : header) {
      text.append("%08X".formatted(field));
    }
    out.writeBytes(text.toString().getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(path);
    pad();
    out.writeBytes(data);
    pad();
    return this;
  }

  private void pad() {
    while (out.size() % 4 != 0) {
      out.write(0);
    }
  }
}
