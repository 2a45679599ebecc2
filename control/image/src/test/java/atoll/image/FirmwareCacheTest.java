package atoll.image;

import static atoll.image.TestArchive.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirmwareCacheTest {
  private static final String PACKAGE = "pool/qemu-efi-riscv64_2025.02-8_all.deb";

  @TempDir private Path cache;
  @TempDir private Path scratch;
  private TestArchive archive;

  @BeforeEach
  void serve() throws IOException {
    archive = new TestArchive(scratch);
    publish("2025.02-8", "Sat, 21", Map.of("CODE", "code", "VARS", "vars"));
  }

  private void publish(String version, String day, Map<String, String> files) throws IOException {
    byte[] deb =
        DebBuilder.deb(
            files.entrySet().stream()
                .collect(
                    Collectors.toMap(
                        file ->
                            "usr/share/qemu-efi-riscv64/RISCV_VIRT_%s.fd".formatted(file.getKey()),
                        file -> text(file.getValue()))));
    archive.server.put("debian/" + PACKAGE, deb);
    byte[] index = DebBuilder.xz(text(archive.stanza("qemu-efi-riscv64", version, PACKAGE, deb)));
    archive.server.put(TestArchive.INDEX, index);
    String ignored = archive.sign(index, day);
  }

  @AfterEach
  void stop() {
    archive.close();
  }

  private FirmwareCache firmware() {
    return new FirmwareCache(cache, archive.finder(), Progress.SILENT);
  }

  @Test
  void itIsFetchedOnceAndKept() throws IOException {
    assertThat(firmware().present()).isEmpty();
    UefiFirmware found = firmware().get(MirrorChoice.USUAL, false);
    assertThat(found.version()).isEqualTo("qemu-efi-riscv64 2025.02-8");
    assertThat(found.code()).hasContent("code");
    assertThat(found.variables()).hasContent("vars");
    archive.close();
    assertThat(firmware().get(MirrorChoice.USUAL, false)).isEqualTo(found);
    assertThat(firmware().present()).contains(found);
    try (Stream<Path> files = Files.list(cache.resolve("debian"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.matches(".*(\\.deb|\\.part|\\.new|Packages.*|unpack.*)"));
    }
  }

  @Test
  void aNewerOneIsTakenOnlyWhenAskedForAndAnOlderStateNever() throws IOException {
    firmware().get(MirrorChoice.USUAL, false);
    publish("2025.02-9", "Sun, 22", Map.of("CODE", "newer", "VARS", "vars"));
    assertThat(firmware().get(MirrorChoice.USUAL, false).code()).hasContent("code");
    assertThat(firmware().get(MirrorChoice.USUAL, true).code()).hasContent("newer");
    publish("2025.02-8", "Sat, 14", Map.of("CODE", "code", "VARS", "vars"));
    assertThatThrownBy(() -> firmware().get(MirrorChoice.USUAL, true))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll(
            "as of 2026-11-14", "older than the state of 2026-11-22", "efi.json");
    assertThat(firmware().present().orElseThrow().code()).hasContent("newer");
  }

  @Test
  void aPackageWithoutTheFilesOrWithOtherBytesIsRefused() throws IOException {
    publish("2025.02-8", "Sat, 21", Map.of("CODE", "code"));
    assertThatThrownBy(() -> firmware().get(MirrorChoice.USUAL, false))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("has no RISCV_VIRT_CODE.fd and RISCV_VIRT_VARS.fd");
    archive.server.put("debian/" + PACKAGE, text("something else"));
    assertThatThrownBy(() -> firmware().get(MirrorChoice.USUAL, false))
        .isInstanceOf(RefusedException.class);
    assertThat(firmware().present()).isEmpty();
  }
}
