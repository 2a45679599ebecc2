package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparseFileTest {
  private static final int SIZE = 5 << 20;

  @TempDir private Path folder;

  private static void put(Path file, long at, byte... bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), at);
    }
  }

  private Path sparse(String name) throws IOException {
    Path file = folder.resolve(name);
    SparseFile.create(file, SIZE);
    put(file, 70_000, (byte) 1, (byte) 2);
    put(file, SIZE - 1, (byte) 3);
    return file;
  }

  private static String digest(Path file) throws IOException {
    return SparseFile.digest(file, Progress.SILENT);
  }

  @Test
  void aNewFileIsAllZeroes() throws IOException {
    Path file = folder.resolve("new");
    SparseFile.create(file, SIZE);
    assertThat(file).hasBinaryContent(new byte[SIZE]);
  }

  @Test
  void aCopyReadsTheSame() throws IOException {
    Path file = sparse("a");
    Path copy = folder.resolve("b");
    SparseFile.copy(file, copy, Progress.SILENT);
    assertThat(Files.mismatch(file, copy)).isNegative();
    assertThat(SparseFile.allocated(file)).isLessThan(SIZE / 2);
    assertThat(SparseFile.allocated(copy)).isLessThan(SIZE / 2);
  }

  @Test
  void whereHolesAreMakesNoDifferenceToTheDigest() throws IOException {
    Path file = sparse("a");
    Path full = Files.write(folder.resolve("b"), Files.readAllBytes(file));
    assertThat(digest(full)).isEqualTo(digest(file));
  }

  @Test
  void everyChangeMakesADifferenceToTheDigest() throws IOException {
    String before = digest(sparse("a"));
    Path other = sparse("b");
    put(other, 70_001, (byte) 3);
    assertThat(digest(other)).isNotEqualTo(before);
    Path moved = sparse("c");
    put(moved, 70_000, (byte) 0, (byte) 0);
    put(moved, 70_000 + (1 << 16), (byte) 1, (byte) 2);
    assertThat(digest(moved)).isNotEqualTo(before);
    Path longer = sparse("d");
    put(longer, SIZE, (byte) 0);
    assertThat(digest(longer)).isNotEqualTo(before);
  }
}
