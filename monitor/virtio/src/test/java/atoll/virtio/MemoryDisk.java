package atoll.virtio;

import atoll.device.spi.BlockBackend;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A disk in memory that remembers what it was asked, and can be told to fail. */
final class MemoryDisk implements BlockBackend {
  final byte[] bytes;
  final List<String> asked = new ArrayList<>();
  boolean readOnly;
  boolean failing;
  boolean writesSoon;

  /** Whether what is at an even sector can be read without waiting. */
  boolean evenAtHand;

  private final MemorySegment segment;

  MemoryDisk(int size) {
    bytes = new byte[size];
    segment = MemorySegment.ofArray(bytes);
  }

  private void ask(String what) throws IOException {
    asked.add(what);
    if (failing) {
      throw new IOException("the disk is told to fail");
    }
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public void read(long offset, MemorySegment into) throws IOException {
    ask("read " + offset + "+" + into.byteSize());
    into.copyFrom(segment.asSlice(offset, into.byteSize()));
  }

  @Override
  public void write(long offset, MemorySegment from) throws IOException {
    ask("write " + offset + "+" + from.byteSize());
    segment.asSlice(offset, from.byteSize()).copyFrom(from);
  }

  @Override
  public boolean readNow(long offset, List<MemorySegment> into) throws IOException {
    boolean now = evenAtHand && offset % 1024 == 0;
    if (now) {
      read(offset, into);
    }
    return now;
  }

  @Override
  public boolean writesSoon() {
    return writesSoon;
  }

  @Override
  public void flush() throws IOException {
    ask("flush");
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    ask("discard " + offset + "+" + length);
  }

  @Override
  public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
    ask("zero " + offset + "+" + length + (mayUnmap ? " unmap" : ""));
    segment.asSlice(offset, length).fill((byte) 0);
  }

  @Override
  public String serial() {
    return "memory-disk";
  }

  @Override
  public void close() {}
}
