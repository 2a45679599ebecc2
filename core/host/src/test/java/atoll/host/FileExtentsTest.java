package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileExtentsTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path folder;

  /** All data is in an extent, whatever a file system makes of the rest. */
  @Test
  void extentsCoverAllData() throws IOException {
    Path file = folder.resolve("sparse");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long at : new long[] {0, 5 * MIB, 9 * MIB - 1}) {
        channel.write(ByteBuffer.wrap(new byte[] {1}), at);
      }
    }
    List<FileExtents.Extent> extents = FileExtents.of(file);
    for (long at : new long[] {0, 5 * MIB, 9 * MIB - 1}) {
      assertThat(extents).anyMatch(e -> e.offset() <= at && at < e.offset() + e.length());
    }
    long end = 0;
    for (FileExtents.Extent extent : extents) {
      assertThat(extent.offset()).isGreaterThanOrEqualTo(end);
      assertThat(extent.length()).isPositive();
      end = extent.offset() + extent.length();
    }
    assertThat(end).isEqualTo(9 * MIB);
  }

  @Test
  void aHoleAtTheEndOrAnEmptyFileHasNone() throws IOException {
    Path file = Files.createFile(folder.resolve("empty"));
    assertThat(FileExtents.of(file)).isEmpty();
    Files.write(file, new byte[10]);
    assertThat(FileExtents.of(file)).containsExactly(new FileExtents.Extent(0, 10));
  }
}
