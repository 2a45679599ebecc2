package atoll.manager;

import atoll.host.HostException;
import atoll.vmm.Image;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A user's files for a guest's initial RAM disk, as an archive of their own: the kernel unpacks one
 * archive after another, and what comes later wins.
 */
final class ExtraFiles {
  /** Bytes of files that an archive can have in all: it is made in one piece. */
  static final long MOST = 1L << 30;

  private ExtraFiles() {}

  /**
   * An archive of files that belong to root and can be executed where the host's can.
   *
   * @param files host files by their absolute path in the guest
   */
  static Image archive(Map<String, Path> files) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (CpioWriter archive = new CpioWriter(bytes)) {
      for (Map.Entry<String, Path> file : files.entrySet()) {
        int permissions = Files.isExecutable(file.getValue()) ? 0755 : 0644;
        archive.file(file.getKey().substring(1), permissions, Files.readAllBytes(file.getValue()));
      }
    } catch (IOException e) {
      throw new ManagerException(
          "a file for the guest cannot be read: %s; check 'files'"
              .formatted(HostException.reason(e)),
          e);
    }
    return Image.bytes("the files of the scenario", bytes.toByteArray());
  }
}
