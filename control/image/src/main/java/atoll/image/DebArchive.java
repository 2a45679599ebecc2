package atoll.image;

import atoll.host.HostException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
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
    } catch (XZIOException | EOFException e) {
      throw new RefusedException(
          "%s is damaged: %s; remove it and start again".formatted(deb, HostException.reason(e)),
          e);
    }
  }

  private static void visitMembers(Path deb, Visitor visitor) throws IOException {
    String data = "";
    try (ArArchiveInputStream members =
        new ArArchiveInputStream(new BufferedInputStream(Files.newInputStream(deb)))) {
      for (ArArchiveEntry member = members.getNextEntry();
          member != null;
          member = members.getNextEntry()) {
        if (member.getName().equals("data.tar.xz")) {
          visitData(new BoundedStream(new XZInputStream(members, XZ_MEMORY), MOST), visitor);
          return;
        }
        data = member.getName().startsWith("data.tar") ? " but " + member.getName() : data;
      }
    }
    throw new RefusedException(
        "%s has no data.tar.xz%s, so Atoll cannot open it as a package; remove it and start again"
            .formatted(deb, data));
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
