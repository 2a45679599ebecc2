package atoll.virtio;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.Semaphore;

/** A disk whose every transfer waits until the test lets it through, and can then fail. */
final class GatedDisk implements BlockBackend {
  private final long size;
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore gate = new Semaphore(0);

  /** What the next transfers throw; null for nothing. */
  volatile Throwable failure;

  GatedDisk(long size) {
    this.size = size;
  }

  /** Waits for a transfer to begin. */
  void awaitBegun() {
    begun.acquireUninterruptibly();
  }

  /** Lets so many transfers through. */
  void let(int transfers) {
    gate.release(transfers);
  }

  /** Transfers that have begun and nobody has waited for. */
  int begun() {
    return begun.availablePermits();
  }

  private void pass() throws IOException {
    begun.release();
    gate.acquireUninterruptibly();
    Throwable thrown = failure;
    switch (thrown) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new AssertionError(thrown);
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public void read(long offset, MemorySegment into) throws IOException {
    pass();
    into.fill((byte) 0x77);
  }

  @Override
  public void write(long offset, MemorySegment from) throws IOException {
    pass();
  }

  @Override
  public void read(long offset, List<MemorySegment> into) throws IOException {
    pass();
    into.forEach(piece -> piece.fill((byte) 0x77));
  }

  @Override
  public void write(long offset, List<MemorySegment> from) throws IOException {
    pass();
  }

  @Override
  public void flush() throws IOException {
    pass();
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    pass();
  }

  @Override
  public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
    pass();
  }

  @Override
  public String serial() {
    return "gated";
  }

  @Override
  public void close() {}
}
