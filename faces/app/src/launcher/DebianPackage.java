import static java.time.ZoneOffset.UTC;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;

/** A Debian package (deb(5), Debian policy chapters 5 and 12), made without Debian's tools. */
final class DebianPackage {
  private static final String COPYRIGHT = "usr/share/doc/atoll/copyright";
  private static final String DEVELOPERS = "Atoll's developers <atoll@localhost>";

  /** Debian policy §12.5: a licence that each system has is named, and not given again. */
  private static final String NOTICE =
      """
      Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
      Upstream-Name: Atoll

      Files: *
      Copyright: 2026 Atoll's developers
      License: Apache-2.0
       On Debian systems, the text of the Apache License, version 2.0, is in
       /usr/share/common-licenses/Apache-2.0.
      Comment:
       The Java runtime below /usr/lib/atoll/runtime has its licences in
       /usr/lib/atoll/runtime/legal, and the libraries have theirs in
       /usr/share/doc/atoll/libraries.
      """;

  /** What lintian remarks and is meant so. */
  private static final String OVERRIDES =
      """
      # The Java runtime is as its makers have built it: with the symbols that a report of a
      # crash names its functions by, and with a zlib of its own.
      atoll: unstripped-binary-or-object *usr/lib/atoll/runtime/*
      atoll: embedded-library *usr/lib/atoll/runtime/lib/*
      # Libraries of this Java runtime and of this program, and for no other.
      atoll: jar-not-in-usr-share *usr/lib/atoll/*
      atoll: unknown-java-class-version *usr/lib/atoll/fetch/*
      # It is made by whoever has the sources, who is its maintainer.
      atoll: bogus-mail-host Maintainer *
      atoll: bogus-mail-host-in-debian-changelog *
      """;

  /** What Debian knows by other names. */
  private static final Map<String, String> DOCUMENTS =
      Map.of(
          "share/doc/atoll/CHANGELOG.md", "usr/share/doc/atoll/NEWS",
          "share/doc/atoll/LICENSE", COPYRIGHT);

  /** Of a change (deb-changelog(5)). */
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss Z", Locale.ENGLISH);

  // RFC 1952 §2.3.1: which the JDK does not say, and lintian looks at.
  private static final int EXTRA_FLAGS = 8;
  private static final byte SLOWEST = 2;

  private static final Map<String, String> ARCHITECTURES =
      Map.of("amd64", "amd64", "aarch64", "arm64", "riscv64", "riscv64", "ppc64le", "ppc64el");

  private final String version;
  private final Path tree;

  DebianPackage(String version, Path tree) {
    // Before the version that it will become, as Debian sorts them.
    this.version = version.replaceFirst("-SNAPSHOT$", "~snapshot");
    this.tree = tree;
  }

  /** Where in a system a file of the tree is installed. */
  private static String place(String name) {
    return DOCUMENTS.getOrDefault(
        name, name.startsWith("share/") ? "usr/" + name : "usr/lib/atoll/" + name);
  }

  /**
   * Adds Atoll to a system, its documents as Debian has them.
   *
   * @param told of each file, by its place
   */
  static void install(PackedTree system, Path tree, BiConsumer<String, byte[]> told)
      throws IOException {
    for (Path file : PackedTree.files(tree)) {
      String place = place(tree.relativize(file).toString());
      if (Files.isSymbolicLink(file)) {
        system.add(file, place);
        continue;
      }
      byte[] content = place.equals(COPYRIGHT) ? bytes(NOTICE) : Files.readAllBytes(file);
      if (place.startsWith("usr/share/man/") || place.endsWith("/atoll/NEWS")) {
        place += ".gz";
        content = packed(content);
      }
      told.accept(place, content);
      system.file(place, content, PackedTree.mode(file));
    }
    system.link("usr/bin/atoll", "../lib/atoll/bin/atoll");
  }

  Path write(Path folder) throws IOException {
    String architecture = architecture();
    Path file = folder.resolve("atoll_%s_%s.deb".formatted(version, architecture));
    StringBuilder sums = new StringBuilder();
    AtomicLong bytes = new AtomicLong();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    BiConsumer<String, byte[]> told =
        (place, content) -> {
          sums.append(md5(content)).append("  ").append(place).append('\n');
          bytes.addAndGet(content.length);
        };
    try (PackedTree tar = PackedTree.zipped(data)) {
      install(tar, tree, told);
      for (Map.Entry<String, byte[]> own : own().entrySet()) {
        told.accept(own.getKey(), own.getValue());
        tar.file(own.getKey(), own.getValue());
      }
    }
    byte[] control = control(bytes.get(), sums.toString(), architecture);
    PackedFile.write(
        file,
        out -> {
          try (ArArchiveOutputStream ar = new ArArchiveOutputStream(out)) {
            put(ar, "debian-binary", "2.0\n".getBytes(StandardCharsets.US_ASCII));
            put(ar, "control.tar.gz", control);
            put(ar, "data.tar.gz", data.toByteArray());
          }
        });
    return file;
  }

  /** What a package has beside what is installed elsewhere, too. */
  private Map<String, byte[]> own() throws IOException {
    String changes =
        """
        atoll (%s) unstable; urgency=medium

          * This version; NEWS.gz says what it has.

         -- %s  %s
        """
            .formatted(
                version,
                DEVELOPERS,
                DATE.format(PackedTree.TIME.atOffset(UTC)));
    return new TreeMap<>(
        Map.of(
            "usr/share/doc/atoll/changelog.gz", packed(bytes(changes)),
            "usr/share/lintian/overrides/atoll", bytes(OVERRIDES)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String architecture() {
    String host = System.getProperty("os.arch");
    String debian = ARCHITECTURES.get(host);
    if (debian == null) {
      throw new IllegalStateException("Debian has no architecture for " + host);
    }
    return debian;
  }

  private static void put(ArArchiveOutputStream ar, String name, byte[] content)
      throws IOException {
    ar.putArchiveEntry(
        new ArArchiveEntry(
            name, content.length, 0, 0, 0100644, PackedTree.TIME.getEpochSecond()));
    ar.write(content);
    ar.closeArchiveEntry();
  }

  private static byte[] packed(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out =
        new GZIPOutputStream(bytes) {
          {
            def.setLevel(Deflater.BEST_COMPRESSION); // Debian policy §12.1
          }
        }) {
      out.write(content);
    }
    byte[] packed = bytes.toByteArray();
    packed[EXTRA_FLAGS] = SLOWEST;
    return packed;
  }

  private byte[] control(long bytes, String sums, String architecture) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (PackedTree tar = PackedTree.zipped(packed)) {
      tar.file("./control", control(architecture, bytes).getBytes(StandardCharsets.UTF_8));
      tar.file("./md5sums", sums.getBytes(StandardCharsets.UTF_8));
    }
    return packed.toByteArray();
  }

  private String control(String architecture, long bytes) {
    return """
    Package: atoll
    Version: %s
    Architecture: %s
    Maintainer: %s
    Installed-Size: %d
    Depends: libc6 (>= 2.17)
    Section: otherosfs
    Priority: optional
    Description: microkernel hypervisor that runs RISC-V guests
     Atoll runs Linux, real-time systems and bare firmware for RISC-V side by
     side on one virtual board, in one ordinary process. It needs no privilege
     and no virtualisation hardware.
    """
        .formatted(version, architecture, DEVELOPERS, (bytes + 1023) / 1024);
  }

  private static String md5(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
