package atoll.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A name for what belongs to a file. */
public final class FileId {
  private static final int DIGITS = 12;

  private FileId() {}

  /** By the file's name and its place: of two files with one name each has its own. */
  public static String of(Path file) {
    Digest digest = new Digest();
    digest.add(real(file).toString().getBytes(StandardCharsets.UTF_8));
    return "%s-%s"
        .formatted(
            file.getFileName().toString().replaceAll("[^A-Za-z0-9._-]", "_"),
            digest.text().substring(0, DIGITS));
  }

  private static Path real(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) {
      return file.toAbsolutePath().normalize();
    }
  }
}
