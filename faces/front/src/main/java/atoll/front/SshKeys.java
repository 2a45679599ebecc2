package atoll.front;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The public keys by which a user is known to other machines. */
final class SshKeys {
  private SshKeys() {}

  /** The files of a user's keys; none if there is no such folder. */
  static List<Path> of(String home) {
    try (Stream<Path> files = Files.list(Path.of(home, ".ssh"))) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(".pub"))
          .filter(Files::isReadable)
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
