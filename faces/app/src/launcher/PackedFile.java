import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A file that is there whole or not at all. */
final class PackedFile {
  private PackedFile() {}

  /** Writes the bytes of a file. */
  interface Content {
    void write(OutputStream out) throws IOException;
  }

  static void write(Path file, Content content) throws IOException {
    Path next = file.resolveSibling("." + file.getFileName() + ".part");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(next), 1 << 20)) {
      content.write(out);
    } catch (IOException e) {
      Files.deleteIfExists(next);
      throw e;
    }
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
  }
}
