package atoll.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.BlockBackend;
import atoll.device.spi.DiskLimits;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportedDiskTest {
  private static final MemorySegment SECTOR = MemorySegment.ofArray(new byte[512]);

  private final Failing behind = new Failing();
  private final List<String> told = new ArrayList<>();
  private final ReportedDisk disk =
      new ReportedDisk(behind, "disk image a.img", DiskLimits.NONE, told::add);

  /** Fails as it is told to. */
  private static final class Failing implements BlockBackend {
    private Throwable failure;
    private int flushes;
    private boolean closed;

    private void ask() throws IOException {
      switch (failure) {
        case null -> {}
        case IOException e -> throw e;
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        default -> throw new AssertionError(failure);
      }
    }

    @Override
    public long size() {
      return 1024;
    }

    @Override
    public boolean readOnly() {
      return true;
    }

    @Override
    public void read(long offset, MemorySegment into) throws IOException {
      ask();
    }

    @Override
    public void write(long offset, MemorySegment from) throws IOException {
      ask();
    }

    @Override
    public void flush() throws IOException {
      flushes++;
      ask();
    }

    @Override
    public void discard(long offset, long length) throws IOException {
      ask();
    }

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
      ask();
    }

    @Override
    public String serial() {
      return "serial";
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void aFlushThatCouldOnlyNotWriteWhatIsKeptMaySucceedLater() throws IOException {
    behind.failure = new NotWrittenException(new IOException("No space left on device"));
    assertThatThrownBy(disk::flush).hasMessage("No space left on device");
    behind.failure = null;
    disk.flush();
    assertThat(told).hasSize(1).first().asString().contains("the next flush tries again");
  }

  @Test
  void afterAFlushThatFailedNoLaterOneSucceeds() throws IOException {
    disk.flush();
    behind.failure = new IOException("Input/output error");
    assertThatThrownBy(disk::flush).hasMessage("Input/output error");
    behind.failure = null; // As Linux has it: the pages count as clean now, and their data is gone.
    assertThatThrownBy(disk::flush)
        .isInstanceOf(IOException.class)
        .hasMessage("an earlier flush failed: Input/output error");
    assertThat(behind.flushes).isEqualTo(2);
    assertThatCode(() -> disk.write(0, SECTOR)).doesNotThrowAnyException();
    assertThatThrownBy(disk::flush).isInstanceOf(IOException.class);
  }

  @Test
  void anErrorInAFlushSticksAsWell() {
    behind.failure = new OutOfMemoryError("direct buffer memory");
    assertThatThrownBy(disk::flush).isInstanceOf(OutOfMemoryError.class);
    behind.failure = null;
    assertThatThrownBy(disk::flush).isInstanceOf(IOException.class);
    behind.failure = new IllegalStateException();
    assertThatThrownBy(() -> new ReportedDisk(behind, "b", DiskLimits.NONE, told::add).flush())
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void thatAnImageCannotBeUsedIsToldOnceForEachKindOfRequest() {
    behind.failure = new IOException("no space left on device");
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(() -> disk.write(0, SECTOR)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> disk.writeZeroes(0, 512, true)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> disk.discard(0, 512)).isInstanceOf(IOException.class);
    }
    behind.failure = new IOException("Input/output error");
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(() -> disk.read(0, SECTOR)).isInstanceOf(IOException.class);
      assertThatThrownBy(disk::flush).isInstanceOf(IOException.class);
    }
    assertThat(told)
        .containsExactly(
            "disk image a.img cannot be written: no space left on device; the guest gets I/O errors",
            "disk image a.img cannot be read: input/output error; the guest gets I/O errors",
            "disk image a.img cannot be flushed to stable storage, and no flush of it will succeed any"
                + " more: input/output error; the guest gets I/O errors");
  }

  @Test
  void reasonWithoutAMessageIsNamedByItsKind() {
    behind.failure = new OutOfMemoryError();
    assertThatThrownBy(() -> disk.read(0, SECTOR)).isInstanceOf(OutOfMemoryError.class);
    assertThat(told).singleElement().asString().contains("java.lang.OutOfMemoryError");
  }

  @Test
  void everythingElseIsTheDisksBehind() throws IOException {
    assertThat(disk.size()).isEqualTo(1024);
    assertThat(disk.readOnly()).isTrue();
    assertThat(disk.serial()).isEqualTo("serial");
    disk.close();
    assertThat(behind.closed).isTrue();
    assertThat(told).isEmpty();
  }
}
