package atoll.image;

import atoll.host.Clock;
import atoll.host.Effects;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A mirror of Debian's archive with a few packages, signed by a key of its own. */
final class TestArchive implements AutoCloseable {
  static final String SUITE = "debian/dists/trixie/";
  static final String INDEX = SUITE + "main/binary-riscv64/Packages.xz";
  static final TestArchiveKey KEY = new TestArchiveKey();

  /** What serves it. */
  final TestServer server = new TestServer();

  /** The public half of {@link #KEY}. */
  final Path key;

  private final Path scratch;

  TestArchive(Path scratch) throws IOException {
    this.scratch = scratch;
    key = Files.write(scratch.resolve("key.asc"), KEY.armoured());
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  String digest(byte[] content) throws IOException {
    return Download.sha256(Files.write(scratch.resolve("digest"), content));
  }

  /** A package's entry in the index. */
  String stanza(String name, String version, String file, byte[] content) throws IOException {
    return "Package: %s\nVersion: %s\nFilename: %s\nSize: %d\nSHA256: %s\n"
        .formatted(name, version, file, content.length, digest(content));
  }

  /**
   * Signs a description of an index.
   *
   * @param date such as {@code Sat, 21}
   * @return the text that is signed
   */
  String sign(byte[] index, String date) throws IOException {
    String release =
        "Suite: stable\nCodename: trixie\nDate: %s Nov 2026 09:15:44 UTC\nSHA256:\n %s %d main/binary-riscv64/Packages.xz"
            .formatted(date, digest(index), index.length);
    server.put(SUITE + "InRelease", KEY.inRelease(release));
    return release;
  }

  /** Finds this mirror. */
  MirrorFinder finder() {
    Map<String, String> environment =
        Map.of("ATOLL_MIRROR", server.uri("debian").toString(), "ATOLL_MIRROR_KEY", key.toString());
    return new MirrorFinder(
        environment::get, Clock.host(), Effects.host().tasks(), Progress.SILENT);
  }

  @Override
  public void close() {
    server.close();
  }
}
