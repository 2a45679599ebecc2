package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PackagesIndexTest {
  private static final String TEXT =
      """
      Package: linux-image-riscv64
      Version: 6.12.107-1
      Depends: linux-image-6.12.107+deb13-riscv64 (= 6.12.107-1), other
      Filename: pool/main/l/linux/linux-image-riscv64_6.12.107-1_riscv64.deb
      Size: 1436
      SHA256: 1b451b451b451b451b451b451b451b451b451b451b451b451b451b451b451b45

      Package: unwanted
      Filename: pool/u
      Size: 1
      SHA256: 0000000000000000000000000000000000000000000000000000000000000000

      Package: linux-image-6.12.107+deb13-riscv64
      Version: 6.12.107-1
      Description: Linux
       A field of several lines: with a colon
      Filename: pool/main/l/linux/k.deb
      Size: 112012420
      SHA256: abe9abe9abe9abe9abe9abe9abe9abe9abe9abe9abe9abe9abe9abe9abe9abe9

      Package: linux-image-broken
      Version: 1

      Package: linux-image-odd
      Filename: f
      Size: many
      SHA256: 12
      """;

  private static PackagesIndex index(String text) throws IOException {
    return PackagesIndex.read(
        new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
        name -> name.startsWith("linux-image"));
  }

  @Test
  void aPackageHasWhatIsNeededToFetchIt() throws IOException {
    assertThat(index(TEXT).get("linux-image-6.12.107+deb13-riscv64"))
        .isEqualTo(
            new DebianPackage(
                "linux-image-6.12.107+deb13-riscv64",
                "6.12.107-1",
                "pool/main/l/linux/k.deb",
                112012420,
                "abe9".repeat(16),
                Map.of()));
  }

  @Test
  void theMetaPackageLeadsToTheKernel() throws IOException {
    assertThat(index(TEXT).dependencyOf("linux-image-riscv64").name())
        .isEqualTo("linux-image-6.12.107+deb13-riscv64");
  }

  @Test
  void whatIsNotWantedOrNotWholeIsNotThere() throws IOException {
    PackagesIndex index = index(TEXT);
    assertThatThrownBy(() -> index.get("unwanted"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("no package unwanted")
        .hasMessageContaining("--mirror");
    assertThatThrownBy(() -> index.get("linux-image-broken")).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> index.get("linux-image-odd")).isInstanceOf(RefusedException.class);
  }

  @Test
  void aMetaPackageWithoutDependencyIsExplained() throws IOException {
    PackagesIndex index =
        index(
            "Package: linux-image-riscv64\nFilename: f\nSize: 1\nSHA256: "
                + "00".repeat(32)
                + "\n");
    assertThatThrownBy(() -> index.dependencyOf("linux-image-riscv64"))
        .hasMessageContaining("names no kernel");
  }
}
