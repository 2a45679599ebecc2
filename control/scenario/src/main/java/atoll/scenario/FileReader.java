package atoll.scenario;

import atoll.disk.DiskLocation;
import atoll.host.FileType;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Reads names of files: of those that must be there, and of those that will be written. */
final class FileReader {
  /** What output can be written to without waiting for a reader, and without harm. */
  private static final Set<FileType> LOGS =
      EnumSet.of(FileType.FILE, FileType.MISSING, FileType.CHARACTER_DEVICE);

  private final Path folder;

  /**
   * @param folder what relative names refer to
   */
  FileReader(Path folder) {
    this.folder = folder;
  }

  /** The file, as an absolute path. */
  Optional<Path> read(YamlValue value) {
    return read(value, false);
  }

  /** The same, or a block device. */
  Optional<DiskLocation> readDisk(YamlValue value) {
    Optional<String> name = value.text();
    if (name.isEmpty() || !DiskLocation.atServer(name.get())) {
      return name.flatMap(file -> read(value, true)).map(DiskLocation::of);
    }
    try {
      return name.map(DiskLocation::parse);
    } catch (IllegalArgumentException e) {
      value.reject(e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<Path> read(YamlValue value, boolean blockDevice) {
    return value
        .text()
        .flatMap(name -> {
          Optional<Path> file = resolve(name);
          if (file.isEmpty()) {
            value.reject(
                "'%s' is not a file name, expected for example images/disk.img".formatted(name));
            return file;
          }
          Optional<String> obstacle = file.flatMap(path -> FileType.obstacle(path, blockDevice));
          obstacle.ifPresent(value::reject);
          return obstacle.isEmpty() ? file : Optional.empty();
        });
  }

  /** A jar, or a folder of classes, as an absolute path. */
  Optional<Path> readClasses(YamlValue value) {
    Optional<Path> folder = value.text().flatMap(this::resolve).filter(Files::isDirectory);
    return folder.isPresent() ? folder : read(value);
  }

  /** A folder, as an absolute path. */
  Optional<Path> readFolder(YamlValue value) {
    return value
        .text()
        .flatMap(name -> {
          Optional<Path> folder = resolve(name).filter(Files::isDirectory);
          if (folder.isEmpty()) {
            value.reject("'%s' is not a folder, expected one that is there".formatted(name));
          }
          return folder;
        });
  }

  /** An image that will be written, as an absolute path; if it is not there, it will be made. */
  Optional<Path> placeImage(YamlValue value) {
    Optional<Path> missing =
        value
            .text()
            .flatMap(this::resolve)
            .filter(file -> Files.notExists(file) && Files.isDirectory(file.getParent()));
    return missing.isPresent() ? missing : read(value);
  }

  /** A file that will be written, as an absolute path; it need not be there. */
  Optional<Path> placeLog(YamlValue value) {
    return value
        .text()
        .flatMap(name -> {
          Optional<Path> file = resolve(name);
          if (file.isEmpty()) {
            value.reject(
                "'%s' is not a file name, expected for example cluster.log".formatted(name));
          } else if (name.equals("-")) {
            value.reject("standard output has what VMs print already, expected a file name");
          } else if (Files.isDirectory(file.get())) {
            value.reject("%s is a folder, expected a file name".formatted(file.get()));
          } else if (!Files.isDirectory(file.get().getParent())) {
            value.reject(
                "there is no folder %s; make it, or give another file"
                    .formatted(file.get().getParent()));
          } else if (!LOGS.contains(FileType.of(file.get()))) {
            value.reject("%s is a pipe, a socket or a disk, expected a file".formatted(file.get()));
          } else {
            return file;
          }
          return Optional.empty();
        });
  }

  /** A socket that will be made, as an absolute path; it need not be there. */
  Optional<Path> placeSocket(YamlValue value) {
    return value
        .text()
        .flatMap(name -> {
          Optional<Path> socket = resolve(name);
          Optional<String> obstacle =
              socket.isEmpty()
                  ? Optional.of("'%s' is not a file name, expected web.sock".formatted(name))
                  : VsockDescription.obstacle(socket.get());
          obstacle.ifPresent(value::reject);
          return obstacle.isEmpty() ? socket : Optional.empty();
        });
  }

  private Optional<Path> resolve(String name) {
    try {
      return name.isEmpty() ? Optional.empty() : Optional.of(folder.resolve(name).normalize());
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
