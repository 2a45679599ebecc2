package atoll.api;

import atoll.host.HostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A folder for files that a system needs while it is there; made when it is first asked for. */
final class Workspace {
  private final Optional<Workspace> whole;
  private final String prefix;
  private Optional<Path> folder = Optional.empty();

  Workspace() {
    whole = Optional.empty();
    prefix = "";
  }

  private Workspace(Workspace whole, String prefix) {
    this.whole = Optional.of(whole);
    this.prefix = prefix;
  }

  /** A place for a file. */
  synchronized Path file(String name) {
    if (whole.isPresent()) {
      return whole.get().file(prefix + name);
    }
    try {
      if (folder.isEmpty()) {
        folder = Optional.of(Files.createTempDirectory("atoll-"));
      }
      return folder.get().resolve(name);
    } catch (IOException e) {
      throw new AtollException(
          "there is no folder for temporary files (%s); name one that can be written to with -Djava.io.tmpdir=FOLDER"
              .formatted(HostException.reason(e)),
          e);
    }
  }

  /** The same folder for a part of the system, whose files have names of their own there. */
  Workspace part(String prefix) {
    return new Workspace(this, prefix + "-");
  }

  /** A file with some content. */
  Path file(String name, byte[] content) {
    try {
      return Files.write(file(name), content);
    } catch (IOException e) {
      throw new AtollException(
          "the file for the guest cannot be kept in the temporary folder: "
              + HostException.reason(e),
          e);
    }
  }

  /** The same that can be executed. */
  Path program(String name, byte[] content) {
    Path file = file(name, content);
    if (!file.toFile().setExecutable(true)) {
      throw new AtollException(
          file + " cannot be made executable; name another folder with -Djava.io.tmpdir=FOLDER");
    }
    return file;
  }

  /** Removes it with all that is in it. */
  synchronized void delete() {
    folder.ifPresent(Workspace::delete);
    folder = Optional.empty();
  }

  private static void delete(Path root) {
    List<Path> all;
    try (Stream<Path> found = Files.walk(root)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
      for (Path each : all) {
        Files.deleteIfExists(each);
      }
    } catch (IOException e) {
      throw new AtollException(
          "the temporary folder %s cannot be removed: %s".formatted(root, HostException.reason(e)),
          e);
    }
  }
}
