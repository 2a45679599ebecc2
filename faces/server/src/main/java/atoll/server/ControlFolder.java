package atoll.server;

import atoll.host.HostException;
import atoll.host.SocketFile;
import atoll.image.UserFolder;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Where systems have their control sockets unless they are told otherwise: a folder of the user's
 * own, with a socket for each that runs.
 */
public record ControlFolder(Path path) {
  private static final String SUFFIX = ".sock";
  private static final int LONGEST_NAME = 32;
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  /**
   * The user's: {@code $XDG_RUNTIME_DIR/atoll}, or {@code run} in Atoll's cache where there is no
   * such folder.
   *
   * @param environment by name; null where not set
   * @param property system properties by name
   */
  public static ControlFolder locate(
      UnaryOperator<String> environment, UnaryOperator<String> property) {
    String runtime = environment.apply("XDG_RUNTIME_DIR");
    // The XDG base directory specification: a relative path is invalid and to be ignored.
    return runtime != null && Path.of(runtime).isAbsolute() && Files.isDirectory(Path.of(runtime))
        ? new ControlFolder(Path.of(runtime, "atoll"))
        : new ControlFolder(UserFolder.CACHE.locate(environment, property).resolve("run"));
  }

  /** The sockets that are there, by name; of some, the system may have been killed. */
  List<Path> sockets() {
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(path)) {
      return all.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    } catch (IOException e) {
      throw new HostException(
          "%s cannot be looked at: %s; give the path of the control socket"
              .formatted(path, HostException.reason(e)),
          e);
    }
  }

  /** The same without those of systems that were killed, which are removed. */
  public List<Path> liveSockets() {
    return sockets().stream().filter(ControlFolder::keep).toList();
  }

  private static boolean keep(Path socket) {
    try {
      if (SocketFile.live(socket)) {
        return true;
      }
      boolean ignored = Files.deleteIfExists(socket);
      return false;
    } catch (IOException e) {
      return false; // It has gone meanwhile, or is no socket.
    }
  }

  /**
   * Makes the folder, if it is not there.
   *
   * @throws IOException if it cannot be made, or others could get at what is in it
   */
  void prepare() throws IOException {
    Files.createDirectories(path.getParent());
    try {
      Path ignored = Files.createDirectory(path, PosixFilePermissions.asFileAttribute(PRIVATE));
    } catch (FileAlreadyExistsException e) {
      if (!Files.getPosixFilePermissions(path).equals(PRIVATE)) {
        throw new IOException(path + " is open to others; make its mode 0700", e);
      }
    }
  }

  /** The place for a system's socket, whose name tells it from other runs of the same system. */
  Path place(String system, long process) {
    String plain = system.replaceAll("[^A-Za-z0-9._-]", "_");
    String name = plain.substring(0, Math.min(plain.length(), LONGEST_NAME));
    return path.resolve(name + "-" + process + SUFFIX);
  }
}
