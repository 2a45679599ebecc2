package atoll.host;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/**
 * A Unix socket in the file system that only its user can reach, from its birth to its end.
 *
 * <p>{@code bind} makes a socket with the mode that the umask leaves, and so for a moment others
 * could connect. It is therefore born in a folder of mode 0700, gets its own mode there, and only
 * then its name.
 */
public final class SocketFile implements Closeable {
  /** What {@code sockaddr_un} has room for, without the zero at the end. */
  private static final int LONGEST = 107;

  private static final String NEST = ".a";
  private static final String NEWBORN = "s";

  /** Folders that other starts may be using at the same moment, or have left when killed. */
  private static final int NESTS = 36;

  /** A name that is taken again while a dead socket is being removed is somebody else's. */
  private static final int TRIES = 3;

  private final Path path;
  private final ServerSocketChannel channel;
  private final Object identity;

  private SocketFile(Path path, ServerSocketChannel channel, Object identity) {
    this.path = path;
    this.channel = channel;
    this.identity = identity;
  }

  /**
   * Listens. A socket of that name at which nobody listens any more, as a killed process leaves it,
   * is replaced.
   *
   * @throws IOException if that cannot be, or somebody listens there already
   */
  public static SocketFile listen(Path path) throws IOException {
    try {
      return open(path.toAbsolutePath());
    } catch (UnsupportedOperationException e) {
      throw new IOException("sockets cannot be made there", e);
    }
  }

  private static SocketFile open(Path path) throws IOException {
    Path folder = path.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IOException("there is no folder " + folder);
    }
    requireRoom(path, folder);
    Path nest = nest(folder);
    Path newborn = nest.resolve(NEWBORN);
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    boolean named = false;
    try {
      channel.bind(UnixDomainSocketAddress.of(newborn));
      Files.setPosixFilePermissions(newborn, PosixFilePermissions.fromString("rw-------"));
      name(newborn, path);
      named = true;
      return new SocketFile(path, channel, identity(path));
    } finally {
      if (!named) {
        channel.close();
      }
      boolean ignored = Files.deleteIfExists(newborn);
      Files.delete(nest);
    }
  }

  private static void requireRoom(Path path, Path folder) throws IOException {
    Path nest = folder.resolve(NEST + 0).resolve(NEWBORN);
    int longest = Math.max(bytes(path), bytes(nest));
    if (longest > LONGEST) {
      throw new IOException(
          "its name has %d bytes with its folder, expected at most %d".formatted(longest, LONGEST));
    }
  }

  private static int bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  private static Path nest(Path folder) throws IOException {
    for (int i = 0; i < NESTS; i++) {
      try {
        return Files.createDirectory(
            folder.resolve(NEST + Integer.toString(i, Character.MAX_RADIX)),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException e) {
        // The next one.
      }
    }
    throw new IOException(
        "%s and others like it are in the way; remove them".formatted(folder.resolve(NEST + 0)));
  }

  /** Gives the socket its name, in place of one at which nobody listens any more. */
  private static void name(Path newborn, Path path) throws IOException {
    for (int i = 0; i < TRIES; i++) {
      try {
        link(newborn, path);
        return;
      } catch (FileAlreadyExistsException e) {
        removeDead(path);
      }
    }
    throw new IOException("another program takes that name at this moment");
  }

  /** A link is refused if the name is taken, and a move is not; some file systems have no links. */
  private static void link(Path newborn, Path path) throws IOException {
    try {
      Path ignored = Files.createLink(path, newborn);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (FileSystemException | UnsupportedOperationException e) {
      Path ignored = Files.move(newborn, path);
    }
  }

  private static void removeDead(Path path) throws IOException {
    if (FileType.of(path) != FileType.SOCKET) {
      throw new IOException("there is something else with that name");
    }
    if (live(path)) {
      throw new IOException("a program listens there already");
    }
    boolean ignored = Files.deleteIfExists(path);
  }

  /** Whether somebody listens at a socket. Does not wait, however busy that program is. */
  public static boolean live(Path path) throws IOException {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      boolean ignored = probe.connect(UnixDomainSocketAddress.of(path));
      return true;
    } catch (ConnectException e) {
      return false;
    }
  }

  private static Object identity(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** Where clients come in. */
  public ServerSocketChannel channel() {
    return channel;
  }

  /** Takes no more clients, and removes the file unless another has its name meanwhile. */
  @Override
  public void close() {
    try {
      channel.close();
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
          && Objects.equals(identity, identity(path))) {
        Files.delete(path);
      }
    } catch (IOException e) {
      // The next one that listens there removes it.
    }
  }
}
