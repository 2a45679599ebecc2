package atoll.app;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Tells the script that has started this process how far it came. By the exit code alone a JVM that
 * was killed or did not start cannot be told from a guest that ended with the same code.
 *
 * @param file where the script listens: {@code $ATOLL_LIFE}; null if it does not
 */
record LifeSign(String file) {
  /** Atoll begins. */
  void begun() {
    tell("begun");
  }

  /** Atoll has ended in order; the process will end with {@code code}. */
  void ended(int code) {
    tell("ended " + code);
  }

  private void tell(String word) {
    if (file == null || file.isEmpty()) {
      return;
    }
    try (OutputStream out = Files.newOutputStream(Path.of(file), StandardOpenOption.APPEND)) {
      out.write((word + "\n").getBytes(StandardCharsets.US_ASCII));
    } catch (IOException | InvalidPathException e) {
      // Nobody listens: then nobody needs it.
    }
  }
}
