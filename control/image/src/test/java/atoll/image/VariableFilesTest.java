package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VariableFilesTest {
  private static final long SIZE = 1 << 20;

  @TempDir private Path folder;

  private Path of(Path disk) {
    return new VariableFiles(folder.resolve("data")).of(Optional.of(disk));
  }

  @Test
  void eachDiskHasAFileOfItsOwnWhateverLinksLeadToIt() throws IOException {
    Path one = Files.createFile(Files.createDirectory(folder.resolve("one")).resolve("a b.img"));
    Path two = Files.createFile(Files.createDirectory(folder.resolve("two")).resolve("a b.img"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), one);
    assertThat(of(one).getFileName().toString()).startsWith("a_b.img-").endsWith(".fd");
    assertThat(of(one)).isNotEqualTo(of(two));
    assertThat(of(link).getFileName().toString().replace("link-", "a_b.img-"))
        .isEqualTo(of(one).getFileName().toString());
    assertThat(new VariableFiles(folder).of(Optional.empty()))
        .isEqualTo(folder.resolve("uefi/no-disk.fd"));
  }

  @Test
  void aNewFileIsTheTemplateFilledUpWithZeroes() throws IOException {
    Path template = Files.write(folder.resolve("template"), new byte[] {1, 2, 3});
    Path made = folder.resolve("deep/vars.fd");
    VariableFiles.make(made, Optional.of(template), SIZE);
    assertThat(Files.size(made)).isEqualTo(SIZE);
    assertThat(Files.readAllBytes(made)).startsWith(1, 2, 3, 0).endsWith(0);
    try (Stream<Path> files = Files.list(made.getParent())) {
      assertThat(files).containsExactly(made);
    }
  }

  @Test
  void aFileThatIsThereStays() throws IOException {
    Path there = Files.write(folder.resolve("vars.fd"), new byte[] {9});
    VariableFiles.make(there, Optional.empty(), SIZE);
    assertThat(there).hasBinaryContent(new byte[] {9});
  }

  @Test
  void aFileThatCannotBeMadeIsSaidSo() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> VariableFiles.make(file.resolve("v.fd"), Optional.empty(), SIZE))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("the file for variables " + file.resolve("v.fd"))
        .hasMessageContaining("name another one");
  }
}
