package atoll.front;

import atoll.console.LogFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Which options write and read which files: none may be written for two of them. */
final class OutputClaims {
  private final Supplier<CommandLine> command;
  private final Map<Path, String> owners = new LinkedHashMap<>();

  /**
   * @param command whose options they are; a clash is its wrong usage
   */
  OutputClaims(Supplier<CommandLine> command) {
    this.command = command;
  }

  /** An option that writes {@code file}; null for none. */
  void writes(String option, Path file) {
    if (file == null || Files.exists(file) && !Files.isRegularFile(file)) {
      return; // Devices and pipes can take several outputs.
    }
    String owner = owners.putIfAbsent(identity(file), option);
    if (owner != null) {
      throw new ParameterException(
          command.get(),
          "%s and %s would both write %s; give each a file of its own"
              .formatted(owner, option, file));
    }
  }

  /** The same for a file that may have an older part. */
  void writes(String option, LogFile file) {
    writes(option, file.path());
    if (file.max().isPresent()) {
      writes(option, file.older());
    }
  }

  /** What reads {@code file}, to be told after all that is written; null for none. */
  void reads(String option, Path file) {
    String owner = file == null ? null : owners.get(identity(file));
    if (owner != null) {
      throw new ParameterException(
          command.get(),
          "%s would overwrite %s, which %s reads; give another file"
              .formatted(owner, file, option));
    }
  }

  /** The same for all names of a file. */
  private static Path identity(Path file) {
    Path whole = file.toAbsolutePath().normalize();
    try {
      return Files.exists(whole)
          ? whole.toRealPath()
          : whole.getParent().toRealPath().resolve(whole.getFileName());
    } catch (IOException e) {
      return whole; // It cannot be written either, which is said when it is opened.
    }
  }
}
