package atoll.api;

import atoll.host.HostException;
import atoll.image.HeldFolder;
import atoll.image.RefusedException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A folder for files that a system needs while it is there; made when it is first asked for. What a
 * process has left that was ended amidst is removed by the next one that makes such a folder.
 */
final class Workspace {
  private static final String START = "atoll-";

  private final Optional<Workspace> whole;
  private final String prefix;
  private final Path temporary;
  private Optional<HeldFolder> folder = Optional.empty();

  private Workspace(Optional<Workspace> whole, String prefix, Path temporary) {
    this.whole = whole;
    this.prefix = prefix;
    this.temporary = temporary;
  }

  Workspace() {
    this(Path.of(System.getProperty("java.io.tmpdir")));
  }

  /** One whose folder will be in another. */
  Workspace(Path temporary) {
    this(Optional.empty(), "", temporary);
  }

  /** A place for a file. */
  synchronized Path file(String name) {
    if (whole.isPresent()) {
      return whole.get().file(prefix + name);
    }
    try {
      if (folder.isEmpty()) {
        folder = Optional.of(HeldFolder.in(temporary, START));
      }
      return folder.get().path().resolve(name);
    } catch (ClosedByInterruptException | FileLockInterruptionException e) {
      throw Operator.interrupted("interrupted before it was begun", e);
    } catch (IOException e) {
      throw new AtollException(
          "there is no folder for temporary files (%s); name one that can be written to with -Djava.io.tmpdir=FOLDER"
              .formatted(HostException.reason(e)),
          e);
    }
  }

  /** The same folder for a part of the system, whose files have names of their own there. */
  Workspace part(String prefix) {
    return new Workspace(Optional.of(this), prefix + "-", temporary);
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
    try {
      folder.ifPresent(HeldFolder::close);
    } catch (RefusedException e) {
      throw new AtollException(e.getMessage(), e);
    }
    folder = Optional.empty();
  }
}
