package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DebArchiveTest {
  @TempDir private Path folder;

  @Test
  void regularFilesAreVisitedByTheirPath() throws IOException {
    String longName = "usr/lib/modules/" + "x".repeat(120) + "/virtio.ko.xz";
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("boot/vmlinux", new byte[] {1, 2, 3});
    files.put(longName, new byte[] {4});
    Path deb = Files.write(folder.resolve("p.deb"), DebBuilder.deb(files));
    Map<String, byte[]> seen = new LinkedHashMap<>();
    DebArchive.visit(deb, (name, content) -> seen.put(name, content.readAllBytes()));
    assertThat(seen.keySet()).containsExactly("boot/vmlinux", longName);
    assertThat(seen.get("boot/vmlinux")).containsExactly(1, 2, 3);
  }

  @Test
  void contentNeedNotBeRead() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("a", new byte[10_000]);
    files.put("b", new byte[1]);
    Path deb = Files.write(folder.resolve("p.deb"), DebBuilder.deb(files));
    StringBuilder seen = new StringBuilder();
    DebArchive.visit(deb, (name, content) -> seen.append(name));
    assertThat(seen).hasToString("ab");
  }

  @Test
  void aPackageThatIsCutOffOrDamagedIsSaidToBe() throws IOException {
    byte[] content = new byte[100_000];
    new java.util.Random(1).nextBytes(content);
    byte[] whole = DebBuilder.deb(Map.of("a", content));
    byte[] damaged = whole.clone();
    damaged[whole.length / 2] ^= 0x55;
    for (byte[] bytes : new byte[][] {damaged, Arrays.copyOf(whole, whole.length / 2)}) {
      Path deb = Files.write(folder.resolve("p.deb"), bytes);
      assertThatThrownBy(() ->
              DebArchive.visit(deb, (name, file) -> assertThat(file.readAllBytes()).isNotNull()))
          .isInstanceOf(RefusedException.class)
          .hasMessageContainingAll(deb.toString(), "is damaged", "start again")
          .hasMessageNotContaining("Exception");
    }
  }

  @Test
  void whatUnpacksToMoreThanMakesSenseIsGivenUp() throws IOException {
    try (InputStream endless = new BoundedStream(new ByteArrayInputStream(new byte[5000]), 4096)) {
      assertThatThrownBy(endless::readAllBytes).hasMessage("it unpacks to more than 4,096 bytes");
    }
    try (InputStream fine = new BoundedStream(new ByteArrayInputStream(new byte[4096]), 4096)) {
      assertThat(fine.readAllBytes()).hasSize(4096);
    }
  }

  @Test
  void aPackageOfAnotherKindIsExplained() throws IOException {
    byte[] other = "?".getBytes(StandardCharsets.US_ASCII);
    Path deb = Files.write(folder.resolve("p.deb"), DebBuilder.deb("data.tar.zst", other));
    assertThatThrownBy(() -> DebArchive.visit(deb, (name, content) -> {}))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no data.tar.xz but data.tar.zst");
  }
}
