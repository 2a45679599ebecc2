package atoll.backend;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The file that gets a copy of a console's output. */
final class ConsoleLog {
  private ConsoleLog() {}

  /** Creates or empties {@code file}; null gives null. */
  static OutputStream open(Path file) throws IOException {
    return file == null ? null : Files.newOutputStream(file);
  }
}
