package atoll.virtio;

import atoll.device.spi.BlockBackend;
import atoll.device.spi.DiskLimits;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

/**
 * A disk each of whose places is waited for until the test lets it through, or has at hand what it
 * is told to. What is read are sevens.
 */
final class PlacesDisk implements BlockBackend {
  /** Instead of a place: a flush. */
  static final long FLUSH = -1;

  /** Where something has begun and waits, in this order. */
  final BlockingQueue<Long> begun = new LinkedBlockingQueue<>();

  /** Places that can be read without waiting. */
  final Set<Long> atHand = ConcurrentHashMap.newKeySet();

  /** Places that fail once they are let through. */
  final Set<Long> failing = ConcurrentHashMap.newKeySet();

  /** Whether nothing waits. */
  volatile boolean open;

  volatile long size;
  volatile DiskLimits limits = DiskLimits.NONE;
  private final Map<Long, Semaphore> gates = new ConcurrentHashMap<>();

  PlacesDisk(long size) {
    this.size = size;
  }

  private Semaphore gate(long place) {
    return gates.computeIfAbsent(place, none -> new Semaphore(0));
  }

  /** Lets what waits at a place, or comes there next, through. */
  void let(long place) {
    gate(place).release();
  }

  /** Lets everything through from now on. */
  void open() {
    open = true;
    gates.values().forEach(gate -> gate.release(1000));
  }

  private void pass(long place) throws IOException {
    begun.add(place);
    if (!open) {
      gate(place).acquireUninterruptibly();
    }
    if (failing.contains(place)) {
      throw new IOException("this place is told to fail");
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
    pass(offset);
    into.fill((byte) 7);
  }

  @Override
  public boolean readNow(long offset, List<MemorySegment> into) {
    into.forEach(piece -> piece.fill((byte) 7));
    return atHand.contains(offset);
  }

  @Override
  public DiskLimits limits() {
    return limits;
  }

  @Override
  public void write(long offset, MemorySegment from) throws IOException {
    pass(offset);
  }

  @Override
  public void flush() throws IOException {
    pass(FLUSH);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    pass(offset);
  }

  @Override
  public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
    pass(offset);
  }

  @Override
  public String serial() {
    return "places";
  }

  @Override
  public void close() {}
}
