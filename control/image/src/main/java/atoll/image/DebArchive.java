package atoll.image;

import atoll.host.HostException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.BasicArrayCache;
import org.tukaani.xz.XZIOException;
import org.tukaani.xz.XZInputStream;

/**
 * A Debian package file: an {@code ar} archive with a compressed {@code tar} of the files in it.
 */
final class DebArchive {
  /** What is done with each regular file. */
  interface Visitor {
    /**
     * @param name path without a leading slash or dot
     * @param content valid during the call; need not be read
     */
    void file(String name, InputStream content) throws IOException;
  }

  /** What is done with one of the two archives in a package. */
  interface Part {
    void read(InputStream content) throws IOException;
  }

  /** KiB that an xz file may have us take to unpack it: presets take at most 65 MiB. */
  static final int XZ_MEMORY = 128 << 10;

  /** Bytes that a package may unpack to; a kernel with its modules has some 500 million. */
  private static final long MOST = 8L << 30;

  private DebArchive() {}

  /**
   * Goes through the regular files of {@code deb}.
   *
   * @throws RefusedException if it is not a package, is damaged, or unpacks to what none does
   */
  static void visit(Path deb, Visitor visitor) throws IOException {
    try {
      visitMembers(deb, visitor);
    } catch (XZIOException | EOFException | ZipException e) {
      throw damaged(deb, e);
    }
  }

  private static void visitMembers(Path deb, Visitor visitor) throws IOException {
    if (!part(deb, "data.tar", data -> visitData(data, visitor))) {
      throw withoutPart(deb, "data.tar");
    }
  }

  /**
   * Reads a package: first what {@code dpkg} is told about it, then its files.
   *
   * @param control gets the first {@code tar} archive, not packed
   * @param data gets the second one
   * @throws RefusedException as {@link #visit}
   */
  static void read(Path deb, Part control, Part data) throws IOException {
    try {
      if (!part(deb, "control.tar", control)) {
        throw withoutPart(deb, "control.tar");
      }
      if (!part(deb, "data.tar", data)) {
        throw withoutPart(deb, "data.tar");
      }
    } catch (XZIOException | EOFException | ZipException e) {
      throw damaged(deb, e);
    }
  }

  /** Whether the package has a part of that name, packed in a way that is known. */
  private static boolean part(Path deb, String name, Part reader) throws IOException {
    try (ArArchiveInputStream members =
        new ArArchiveInputStream(new BufferedInputStream(Files.newInputStream(deb)))) {
      for (ArArchiveEntry member = members.getNextEntry();
          member != null;
          member = members.getNextEntry()) {
        if (member.getName().startsWith(name)) {
          if (unpack(member.getName().substring(name.length()), members, reader)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  /** Whether a suffix says how a part is packed, and that is known. */
  private static boolean unpack(String suffix, InputStream packed, Part reader) throws IOException {
    switch (suffix) {
      case ".xz" -> unpackXz(packed, reader);
      case ".gz" -> reader.read(new BoundedStream(new GZIPInputStream(packed), MOST));
      case "" -> reader.read(new BoundedStream(packed, MOST));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Its large arrays serve the next package, too. The caller closes what this reads from. */
  private static void unpackXz(InputStream packed, Part reader) throws IOException {
    XZInputStream plain = new XZInputStream(packed, XZ_MEMORY, true, BasicArrayCache.getInstance());
    try {
      reader.read(new BoundedStream(plain, MOST));
    } finally {
      plain.close(false);
    }
  }

  private static RefusedException withoutPart(Path deb, String name) throws IOException {
    String other = "";
    try (ArArchiveInputStream members =
        new ArArchiveInputStream(new BufferedInputStream(Files.newInputStream(deb)))) {
      for (ArArchiveEntry member = members.getNextEntry();
          member != null;
          member = members.getNextEntry()) {
        other = member.getName().startsWith(name) ? " but " + member.getName() : other;
      }
    }
    return new RefusedException(
        "%s has no %s.xz%s, so Atoll cannot open it as a package; remove it and start again"
            .formatted(deb, name, other));
  }

  private static RefusedException damaged(Path deb, IOException e) {
    return new RefusedException(
        "%s is damaged: %s; remove it and start again".formatted(deb, HostException.reason(e)), e);
  }

  // The caller closes what this reads from.
  private static void visitData(InputStream in, Visitor visitor) throws IOException {
    TarArchiveInputStream files = new TarArchiveInputStream(in);
    for (TarArchiveEntry file = files.getNextEntry(); file != null; file = files.getNextEntry()) {
      if (file.isFile()) {
        visitor.file(file.getName().replaceFirst("^\\.?/+", ""), files);
      }
    }
    // The last checksum stands behind the last file.
    in.transferTo(OutputStream.nullOutputStream());
  }
}
