package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpioWriterTest {
  private static byte[] archive() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (CpioWriter writer = new CpioWriter(bytes)) {
      writer.characterDevice("dev/console", 0600, 5, 1);
      writer.file("bin/busybox", 0755, "ELF..".getBytes(StandardCharsets.US_ASCII));
      writer.symbolicLink("bin/sh", "busybox");
      writer.directory("bin");
    }
    return bytes.toByteArray();
  }

  @Test
  void everyKindOfFileIsThereAfterItsFolder() throws IOException {
    Map<String, CpioReader.Entry> entries = CpioReader.read(archive());
    assertThat(entries.keySet())
        .containsExactly("dev", "dev/console", "bin", "bin/busybox", "bin/sh");
    assertThat(entries.get("dev").mode()).isEqualTo(0040755);
    assertThat(entries.get("dev").links()).isEqualTo(2);
    assertThat(entries.get("dev/console").mode()).isEqualTo(0020600);
    assertThat(entries.get("dev/console").major()).isEqualTo(5);
    assertThat(entries.get("dev/console").minor()).isEqualTo(1);
    assertThat(entries.get("bin/busybox").mode()).isEqualTo(0100755);
    assertThat(entries.get("bin/busybox").links()).isEqualTo(1);
    assertThat(entries.get("bin/busybox").text()).isEqualTo("ELF..");
    assertThat(entries.get("bin/sh").mode()).isEqualTo(0120777);
    assertThat(entries.get("bin/sh").text()).isEqualTo("busybox");
  }

  @Test
  void equalContentGivesEqualBytes() throws IOException {
    assertThat(archive()).isEqualTo(archive());
    assertThat(archive().length % 4).isZero();
  }

  @Test
  void namesOutsideAsciiAndEmptyFilesHaveTheirPlace() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (CpioWriter writer = new CpioWriter(bytes)) {
      writer.file("größe", 0644, new byte[0]);
      writer.symbolicLink("link", "../größe");
    }
    Map<String, CpioReader.Entry> entries = CpioReader.read(bytes.toByteArray());
    assertThat(entries.keySet()).containsExactly("größe", "link");
    assertThat(entries.get("größe").text()).isEmpty();
    assertThat(entries.get("link").text()).isEqualTo("../größe");
  }

  @Test
  void cpioItselfReadsIt(@TempDir Path folder) throws Exception {
    assumeTrue(
        Arrays.stream(System.getenv("PATH").split(":", -1))
            .anyMatch(bin -> Files.isExecutable(Path.of(bin, "cpio"))),
        "cpio is not installed");
    Path file = Files.write(folder.resolve("a.cpio"), archive());
    Process cpio =
        new ProcessBuilder("cpio", "-t", "--quiet")
            .redirectInput(file.toFile())
            .redirectErrorStream(true)
            .start();
    String listing = new String(cpio.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(cpio.waitFor()).isZero();
    assertThat(listing).isEqualTo("dev\ndev/console\nbin\nbin/busybox\nbin/sh\n");
  }
}
