package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
  void aPackageOfAnotherKindIsExplained() throws IOException {
    byte[] other = "?".getBytes(StandardCharsets.US_ASCII);
    Path deb = Files.write(folder.resolve("p.deb"), DebBuilder.deb("data.tar.zst", other));
    assertThatThrownBy(() -> DebArchive.visit(deb, (name, content) -> {}))
        .isInstanceOf(ManagerException.class)
        .hasMessageContaining("no data.tar.xz");
  }
}
