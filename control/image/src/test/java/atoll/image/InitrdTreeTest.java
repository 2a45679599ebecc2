package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class InitrdTreeTest {
  @TempDir private Path folder;

  /** A tree as distributions have it, in two archives one behind the other. */
  private static byte[] archives() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (CpioWriter early = new CpioWriter(bytes)) {
      early.file("kernel/x86/microcode/a.bin", 0644, new byte[5]);
    }
    bytes.write(new byte[512 - bytes.size() % 512]);
    try (CpioWriter main = new CpioWriter(bytes)) {
      main.directory("usr/bin");
      main.file("usr/bin/busybox", 0755, new byte[] {1});
      main.symbolicLink("bin", "usr/bin");
      main.symbolicLink("lib", "/usr/lib");
      main.symbolicLink("usr/bin/sh", "busybox");
      main.symbolicLink("around", "around");
      main.symbolicLink("usr/up", "../etc");
      main.directory("etc");
      main.characterDevice("dev/console", 0600, 5, 1);
    }
    return bytes.toByteArray();
  }

  private InitrdTree tree(String packing) throws IOException {
    Path file = folder.resolve("initrd");
    try (OutputStream out = packed(packing, Files.newOutputStream(file))) {
      out.write(archives());
    }
    return InitrdTree.of(file);
  }

  private static OutputStream packed(String packing, OutputStream out) throws IOException {
    return switch (packing) {
      case "gzip" -> new GZIPOutputStream(out);
      case "xz" -> new XZOutputStream(out, new LZMA2Options(0));
      default -> out;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip", "xz"})
  void aPathBelowAFileIsRefused(String packing) throws IOException {
    InitrdTree tree = tree(packing);
    for (String path : new String[] {"/bin/sh/x", "/usr/bin/busybox/a/b", "/around/x"}) {
      assertThatThrownBy(() -> tree.place(path))
          .isInstanceOf(RefusedException.class)
          .hasMessageStartingWith(path + " cannot be a file in the guest: /")
          .hasMessageContaining("is a file in the initial RAM disk, and no folder");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/etc, folder",
    "/usr/bin, folder",
    "/dev/console, device",
    "/kernel/x86, folder",
  })
  void whatIsNoFileIsNotReplacedByOne(String path, String kind) throws IOException {
    InitrdTree tree = tree("none");
    assertThatThrownBy(() -> tree.place(path)).hasMessageContaining("is a " + kind);
  }

  @ParameterizedTest
  @CsvSource({
    "/bin/x, /usr/bin/x",
    "/lib/modules/a.ko, /usr/lib/modules/a.ko",
    "/usr/up/motd, /etc/motd",
    "/opt/a/b, /opt/a/b",
    "/bin/sh, /usr/bin/sh",
    "/init, /init",
  })
  void aPathLeadsThroughLinksToFolders(String path, String place) throws IOException {
    assertThat(tree("none").place(path)).isEqualTo(place);
  }

  @Test
  void whatCannotBeReadIsNotSpokenAgainst() throws IOException {
    Path file = folder.resolve("initrd");
    Files.write(file, "neither an archive nor packed".getBytes(StandardCharsets.US_ASCII));
    assertThat(InitrdTree.of(file).place("/bin/sh/x")).isEqualTo("/bin/sh/x");
    Files.write(file, new byte[0]);
    assertThat(InitrdTree.of(file).place("/a")).isEqualTo("/a");
    assertThat(InitrdTree.of(folder.resolve("missing")).place("/a")).isEqualTo("/a");
  }

  @Test
  void whatIsCutShortIsKnownUpToThere() throws IOException {
    Path file = folder.resolve("initrd");
    byte[] whole = archives();
    Files.write(file, Arrays.copyOf(whole, whole.length - 300));
    assertThatThrownBy(() -> InitrdTree.of(file).place("/usr/bin/busybox/x"))
        .isInstanceOf(RefusedException.class);
  }
}
