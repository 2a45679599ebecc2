package atoll.scenario;

import atoll.device.FwCfgFile;
import atoll.host.HostException;
import atoll.image.ByteSize;
import atoll.image.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Something that firmware can read by name, as QEMU's {@code -fw_cfg} gives it.
 *
 * @param name such as {@code opt/org.example/key}
 * @param file of the host; otherwise its text is given
 */
public record FwCfgSpec(String name, Optional<Path> file, String text) {
  /** What a name looks like, for messages. */
  public static final String NAMES =
      "up to 55 letters, digits and signs, such as opt/org.example/key";

  public FwCfgSpec {
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(text, "text");
    if (!isName(name)) {
      throw new RefusedException("'%s' is not a name; give %s".formatted(name, NAMES));
    }
  }

  /** Whether firmware can look for such a name. */
  public static boolean isName(String name) {
    return FwCfgFile.NAME.matcher(name).matches();
  }

  /**
   * What firmware reads: the file as it is now.
   *
   * @throws RefusedException if it cannot be read, or is too large
   */
  public FwCfgFile read() {
    return new FwCfgFile(
        name, file.map(this::bytes).orElseGet(() -> text.getBytes(StandardCharsets.UTF_8)));
  }

  private byte[] bytes(Path path) {
    try {
      if (Files.size(path) > FwCfgFile.LONGEST) {
        throw new RefusedException(
            "%s, which firmware is to read as %s, has more than %s; put it on a disk"
                .formatted(path, name, ByteSize.format(FwCfgFile.LONGEST)));
      }
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new RefusedException(
          "%s, which firmware is to read as %s, cannot be read: %s"
              .formatted(path, name, HostException.reason(e)),
          e);
    }
  }
}
