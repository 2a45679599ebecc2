package atoll.api;

import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of the host that are copied into a guest and out of it. */
final class HostFiles {
  /** Permissions of a file that anybody may read. */
  static final int READABLE = 0644;

  private static final int PROGRAM = 0755;
  private static final int PERMISSIONS = 0777;

  private HostFiles() {}

  static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  static int permissions(Path file) {
    try {
      return (int) Files.getAttribute(file, "unix:mode") & PERMISSIONS;
    } catch (UnsupportedOperationException e) {
      return Files.isExecutable(file) ? PROGRAM : READABLE;
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static AtollException unreadable(Path file, IOException e) {
    return new AtollException("%s cannot be read: %s".formatted(file, HostException.reason(e)), e);
  }

  static void write(Path file, byte[] bytes) {
    try {
      Path ignored = Files.write(file, bytes);
      assert ignored.equals(file);
    } catch (IOException e) {
      throw new AtollException(
          "%s cannot be written: %s".formatted(file, HostException.reason(e)), e);
    }
  }
}
