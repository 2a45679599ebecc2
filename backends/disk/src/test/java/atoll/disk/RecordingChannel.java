package atoll.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/** A file channel that remembers writes and forces, moves few bytes at once, and can fail. */
final class RecordingChannel extends FileChannel {
  final List<String> calls = new ArrayList<>();
  private final FileChannel file;
  boolean failing;

  RecordingChannel(FileChannel file) {
    this.file = file;
  }

  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    int limit = into.limit();
    into.limit(Math.min(limit, into.position() + 100)); // As a host may.
    int moved = file.read(into, position);
    into.limit(limit);
    return moved;
  }

  @Override
  public int write(ByteBuffer from, long position) throws IOException {
    calls.add("write");
    int limit = from.limit();
    from.limit(Math.min(limit, from.position() + 300));
    int moved = file.write(from, position);
    from.limit(limit);
    return moved;
  }

  @Override
  public void force(boolean metadata) throws IOException {
    calls.add(metadata ? "force all" : "force data");
    if (failing) {
      throw new IOException("told to fail");
    }
    file.force(metadata);
  }

  @Override
  public long size() throws IOException {
    return file.size();
  }

  @Override
  protected void implCloseChannel() throws IOException {
    file.close();
  }

  @Override
  public int read(ByteBuffer into) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long read(ByteBuffer[] into, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int write(ByteBuffer from) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long write(ByteBuffer[] from, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long position() {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileChannel position(long position) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileChannel truncate(long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count) {
    throw new UnsupportedOperationException();
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileLock tryLock(long position, long size, boolean shared) {
    throw new UnsupportedOperationException();
  }
}
