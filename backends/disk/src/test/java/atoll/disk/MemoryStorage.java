package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A file in memory that remembers what was done to it, so that it can be as a process or a host
 * would have left it that ended at any of these moments. It can also be full.
 */
final class MemoryStorage implements Storage {
  private byte[] bytes;
  private final List<Step> steps = new ArrayList<>();
  private final byte[] before;

  /** Bytes that the file cannot outgrow. */
  long most = Long.MAX_VALUE;

  /** A write, or a flush if there are no bytes. */
  private static final class Step {
    private final long offset;
    private final byte[] bytes;

    Step(long offset, byte[] bytes) {
      this.offset = offset;
      this.bytes = bytes;
    }

    boolean flush() {
      return bytes == null;
    }
  }

  MemoryStorage(byte[] bytes) {
    this.bytes = bytes;
    before = bytes.clone();
  }

  byte[] bytes() {
    return bytes.clone();
  }

  /** How many writes and flushes there were. */
  int steps() {
    return steps.size();
  }

  /** As it would be if the process had ended after the first {@code count} steps. */
  MemoryStorage afterKill(int count) {
    MemoryStorage left = new MemoryStorage(before.clone());
    steps.subList(0, count).forEach(left::redo);
    return new MemoryStorage(left.bytes);
  }

  /** The same if the host had lost its power: any of what it did not flush may be missing. */
  MemoryStorage afterPowerCut(int count, Random random) {
    int flushed = count;
    while (flushed > 0 && !steps.get(flushed - 1).flush()) {
      flushed--;
    }
    MemoryStorage left = new MemoryStorage(before.clone());
    for (int n = 0; n < count; n++) {
      if (n < flushed || random.nextBoolean()) {
        left.redo(steps.get(n));
      }
    }
    return new MemoryStorage(left.bytes);
  }

  private void redo(Step step) {
    if (!step.flush()) {
      store(step.offset, step.bytes);
    }
  }

  private void store(long offset, byte[] from) {
    int end = (int) offset + from.length;
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, end);
    }
    System.arraycopy(from, 0, bytes, (int) offset, from.length);
  }

  @Override
  public synchronized long size() {
    return bytes.length;
  }

  @Override
  public synchronized long read(long offset, MemorySegment into) {
    int there = (int) Math.clamp(bytes.length - offset, 0, into.byteSize());
    if (there > 0) {
      into.asSlice(0, there).copyFrom(MemorySegment.ofArray(bytes).asSlice(offset, there));
    }
    into.asSlice(there).fill((byte) 0);
    return there;
  }

  @Override
  public synchronized void write(long offset, MemorySegment from) throws IOException {
    if (offset + from.byteSize() > most) {
      throw new IOException("No space left on device");
    }
    byte[] written = from.toArray(ValueLayout.JAVA_BYTE);
    steps.add(new Step(offset, written));
    store(offset, written);
  }

  @Override
  public synchronized void flush() {
    steps.add(new Step(0, null));
  }

  @Override
  public boolean punch(long offset, long length) throws IOException {
    zero(offset, length, true);
    return true;
  }

  @Override
  public void zero(long offset, long length, boolean mayUnmap) throws IOException {
    write(offset, MemorySegment.ofArray(new byte[(int) length]));
  }

  @Override
  public synchronized void resize(long size) {
    bytes = Arrays.copyOf(bytes, (int) size);
  }

  @Override
  public long next(long offset, boolean data) {
    return data ? offset : bytes.length;
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public void close() {}
}
