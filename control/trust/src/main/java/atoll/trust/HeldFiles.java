package atoll.trust;

import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.image.HeldFolder;
import atoll.image.Lanes;
import atoll.image.RefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Copies of files in a folder that nobody else can read or write: what is verified is what is used,
 * whatever becomes of the files. Gone when it is closed.
 */
public final class HeldFiles implements AutoCloseable {
  private static final String START = ".verified-";
  private static final int BUFFER = 1 << 18;

  private static final ByteBuffer ZEROES = ByteBuffer.allocate(BUFFER).asReadOnlyBuffer();

  /** Files that are copied at the same time. */
  private static final int LANES = 4;

  private final HeldFolder folder;
  private final Map<Path, Held> held;

  /**
   * A copy.
   *
   * @param digest its SHA-512 in hexadecimal
   */
  record Held(Path copy, String digest) {}

  private HeldFiles(HeldFolder folder, Map<Path, Held> held) {
    this.folder = folder;
    this.held = held;
  }

  /**
   * Copies files, and works out their digests from the very bytes that the copies get.
   *
   * @param parent where the folder is made
   * @throws RefusedException if one cannot be read
   */
  static HeldFiles of(Path parent, Collection<Path> files, Tasks tasks) {
    HeldFolder folder = folder(parent);
    Map<Path, Path> copies = new LinkedHashMap<>();
    files.forEach(file -> {
      String place = copies.size() + "/" + file.getFileName();
      copies.put(file, folder.path().resolve(place));
    });
    Map<Path, Held> held = new ConcurrentHashMap<>();
    boolean whole = false;
    try {
      new Lanes<>(copies.keySet(), LANES, file -> held.put(file, copy(file, copies.get(file))))
          .run(tasks, "verify", () -> {});
      whole = true;
      return new HeldFiles(folder, held);
    } catch (IOException e) {
      throw new HostException(
          "files cannot be copied to be verified: " + HostException.reason(e), e);
    } finally {
      if (!whole) {
        folder.close();
      }
    }
  }

  private static HeldFolder folder(Path parent) {
    try {
      return HeldFolder.in(parent, START); // of mode 0700, as all temporary folders
    } catch (IOException e) {
      throw new HostException(
          "no copies of what is verified can be kept in %s: %s"
              .formatted(parent, HostException.reason(e)),
          e);
    }
  }

  /** A pipe or a terminal would be waited for, and a device copied without end. */
  private static void requireFile(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new RefusedException(
          file + " cannot be copied to be verified: it is no file, but a folder or a device");
    }
  }

  private static Held copy(Path file, Path copy) {
    requireFile(file);
    MessageDigest digest = sha512();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      Files.createDirectory(copy.getParent());
      try (FileChannel out =
          FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        long size = 0;
        for (int n = in.readNBytes(buffer, 0, BUFFER);
            n > 0;
            n = in.readNBytes(buffer, 0, BUFFER)) {
          digest.update(buffer, 0, n);
          size += n;
          write(out, ByteBuffer.wrap(buffer, 0, n), size);
        }
      }
      permitTheSame(file, copy);
      return new Held(copy, HexFormat.of().formatHex(digest.digest()));
    } catch (IOException e) {
      throw new RefusedException(
          "%s cannot be copied to be verified: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  /** What is a program for its guest stays one. Folders above the copy keep everybody else out. */
  private static void permitTheSame(Path file, Path copy) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(copy, PosixFileAttributeView.class); // none on Windows
    if (view != null) {
      view.setPermissions(Files.getPosixFilePermissions(file));
    }
  }

  /**
   * Zeroes become a hole, as a disk's image has many; but for the last byte, which has the size.
   */
  private static void write(FileChannel out, ByteBuffer piece, long end) throws IOException {
    boolean hole = piece.mismatch(ZEROES.duplicate().limit(piece.limit())) < 0;
    int from = hole ? piece.limit() - 1 : 0;
    for (piece.position(from); piece.hasRemaining(); ) {
      int ignored = out.write(piece, end - piece.remaining());
    }
  }

  private static MessageDigest sha512() {
    try {
      return MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("the JDK has SHA-512", e);
    }
  }

  /** The copy of a file, or the file itself if there is none. */
  Path instead(Path file) {
    Held copy = held.get(file);
    return copy == null ? file : copy.copy();
  }

  /** The digest of a file that was copied. */
  String digest(Path file) {
    return held.get(file).digest();
  }

  /** Removes the copies. */
  @Override
  public void close() {
    folder.close();
  }
}
