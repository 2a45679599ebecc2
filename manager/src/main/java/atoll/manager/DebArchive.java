package atoll.manager;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
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

  private DebArchive() {}

  /** Goes through the regular files of {@code deb}. */
  static void visit(Path deb, Visitor visitor) throws IOException {
    try (ArArchiveInputStream members =
        new ArArchiveInputStream(new BufferedInputStream(Files.newInputStream(deb)))) {
      for (ArArchiveEntry member = members.getNextEntry();
          member != null;
          member = members.getNextEntry()) {
        if (member.getName().equals("data.tar.xz")) {
          visitData(new XZInputStream(members), visitor);
          return;
        }
      }
    }
    throw new ManagerException(
        "%s has no data.tar.xz, so it is no package that Atoll can open; remove it and start again"
            .formatted(deb));
  }

  // The caller closes what this reads from.
  private static void visitData(InputStream in, Visitor visitor) throws IOException {
    TarArchiveInputStream files = new TarArchiveInputStream(in);
    for (TarArchiveEntry file = files.getNextEntry(); file != null; file = files.getNextEntry()) {
      if (file.isFile()) {
        visitor.file(file.getName().replaceFirst("^\\.?/+", ""), files);
      }
    }
  }
}
