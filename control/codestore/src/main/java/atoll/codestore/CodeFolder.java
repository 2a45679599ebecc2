package atoll.codestore;

import atoll.host.Clock;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The user's folder of translated code: a folder for each build, with files whose names are numbers
 * that grow. Nobody locks it: a file appears complete, is never changed, and may be removed at any
 * time; who has it open goes on reading it.
 */
final class CodeFolder {
  private static final String SUFFIX = ".code";
  private static final String PART_SUFFIX = ".part";

  /** Builds that are kept besides the running one. */
  private static final int OTHER_BUILDS = 2;

  /** Age of an incomplete file that nobody writes to any more. */
  private static final Duration ABANDONED = Duration.ofHours(6);

  private final Path all;
  private final Path folder;
  private final Clock clock;

  CodeFolder(Path all, BuildId build, Clock clock) {
    this.all = all;
    this.clock = clock;
    folder = all.resolve(build.name());
  }

  /** The files of the build, the latest first. */
  List<Path> files() throws IOException {
    return named(folder, SUFFIX).sorted(Comparator.reverseOrder()).toList();
  }

  private static Stream<Path> named(Path folder, String suffix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(suffix))
          .filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
          .toList()
          .stream();
    } catch (NoSuchFileException e) {
      return Stream.empty();
    }
  }

  /** The name of a file that is to come behind those that are there. */
  Path next(String author) throws IOException {
    long last = files().stream().findFirst().map(CodeFolder::number).orElse(0L);
    return folder.resolve("%010d-%s%s".formatted(last + 1, author, SUFFIX));
  }

  private static long number(Path file) {
    String digits = file.getFileName().toString().replaceFirst("\\D.*", "");
    try {
      return digits.isEmpty() ? 0 : Long.parseLong(digits);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** A file that is not complete yet. */
  Path part(String author) throws IOException {
    create(folder);
    return folder.resolve(author + PART_SUFFIX);
  }

  /** Makes a folder that is nobody else's to look into: it has what guests have executed. */
  private static void create(Path folder) throws IOException {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] own =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
            }
            : new FileAttribute<?>[0];
    Path ignored = Files.createDirectories(folder, own);
  }

  /** Removes what killed processes have left, and what other builds have but the latest. */
  void tidy() throws IOException {
    FileTime old = FileTime.from(clock.epochNanos() - ABANDONED.toNanos(), TimeUnit.NANOSECONDS);
    for (Path part : named(folder, PART_SUFFIX).toList()) {
      if (Files.getLastModifiedTime(part).compareTo(old) < 0) {
        boolean ignored = Files.deleteIfExists(part);
      }
    }
    List<Path> others = builds().filter(build -> !build.equals(folder)).toList();
    for (Path build : others.stream().skip(OTHER_BUILDS).toList()) {
      remove(build);
    }
  }

  private Stream<Path> builds() throws IOException {
    try (Stream<Path> folders = Files.list(all)) {
      return folders
          .filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
          .sorted(Comparator.comparing(CodeFolder::changed).reversed())
          .toList()
          .stream();
    }
  }

  private static FileTime changed(Path folder) {
    try {
      return Files.getLastModifiedTime(folder);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  private static void remove(Path build) throws IOException {
    for (String suffix : List.of(SUFFIX, PART_SUFFIX)) {
      for (Path file : named(build, suffix).toList()) {
        boolean ignored = Files.deleteIfExists(file);
      }
    }
    boolean ignored = Files.deleteIfExists(build);
  }

  /** Opens the files of the build that are sound, the latest first; removes those that are not. */
  List<CodeFile> open(BuildId build, int most) throws IOException {
    List<CodeFile> opened = new ArrayList<>();
    for (Path path : files()) {
      if (opened.size() == most) {
        break;
      }
      Optional<CodeFile> file = CodeFile.open(path, build);
      if (file.isPresent()) {
        opened.add(file.get());
      } else {
        boolean ignored = Files.deleteIfExists(path);
      }
    }
    return List.copyOf(opened);
  }
}
