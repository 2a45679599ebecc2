package atoll.disk;

import atoll.host.FileType;
import atoll.host.HostException;
import atoll.host.HostFile;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A file of the host that an image lies in, locked while it is open ({@link ImageLock}).
 *
 * <p>Calls may come from several threads, which are not to be interrupted: an interrupt closes a
 * Java channel.
 */
final class ImageFile implements Storage {
  private static final int PIECE = 1 << 30;

  /** Shared by all files; never written. */
  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1 << 18).asReadOnlyBuffer();

  private final Path path;
  private final FileChannel channel;
  private final Optional<HostFile> host;

  /** Blocks were given back or zeroed: the next flush has more to write than data. */
  private final AtomicBoolean allocationChanged = new AtomicBoolean();

  ImageFile(Path path, FileChannel channel, Optional<HostFile> host) {
    this.path = path;
    this.channel = channel;
    this.host = host;
  }

  /**
   * Opens an existing file and locks it.
   *
   * @throws HostException if it may not be accessed so, or another program or VM uses it; the
   *     message says what to do
   */
  static ImageFile open(Path path, boolean readOnly) {
    FileChannel channel = null;
    HostFile host = null;
    boolean opened = false;
    try {
      channel = channel(path, readOnly);
      host = HostFile.open(path, !readOnly).orElse(null);
      ImageLock.acquire(path, channel, host, readOnly);
      ImageFile file = new ImageFile(path, channel, Optional.ofNullable(host));
      opened = true;
      return file;
    } catch (IOException e) {
      throw unusable(path, "cannot be opened: " + HostException.reason(e));
    } finally {
      if (!opened) {
        closeQuietly(host);
        closeQuietly(channel);
      }
    }
  }

  /** Opens a file to look at it: no lock is asked for, and its contents may change meanwhile. */
  static ImageFile look(Path path) {
    requireReadable(path);
    try {
      return new ImageFile(path, channel(path, true), HostFile.open(path, false));
    } catch (IOException e) {
      throw unusable(path, "cannot be read: " + HostException.reason(e));
    }
  }

  /** Refuses what is no file or block device, is missing, or may not be read. */
  static void requireReadable(Path path) {
    if (!Files.exists(path)) {
      throw unusable(
          path,
          "does not exist; check the path, or create one with: atoll disk create %s 1G"
              .formatted(path));
    }
    FileType.obstacle(path, true)
        .ifPresent(obstacle -> {
          throw new HostException("disk image " + obstacle);
        });
  }

  private static FileChannel channel(Path path, boolean readOnly) throws IOException {
    return readOnly
        ? FileChannel.open(path, StandardOpenOption.READ)
        : FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** For a message about an image. */
  static HostException unusable(Object image, String why) {
    return new HostException("disk image %s %s".formatted(image, why));
  }

  /** For a resource whose use has failed before. */
  static void closeQuietly(AutoCloseable resource) {
    try {
      if (resource != null) {
        resource.close();
      }
    } catch (Exception e) {
      // The failure that led here is the one to report.
    }
  }

  Path path() {
    return path;
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public long read(long offset, MemorySegment into) throws IOException {
    long done = 0;
    while (done < into.byteSize()) {
      ByteBuffer piece = piece(into, done);
      int read = channel.read(piece, offset + done);
      if (read < 0) {
        into.asSlice(done).fill((byte) 0);
        return done;
      }
      done += read;
    }
    return done;
  }

  @Override
  public void write(long offset, MemorySegment from) throws IOException {
    for (long at = 0; at < from.byteSize(); at += PIECE) {
      write(offset + at, piece(from, at));
    }
  }

  private void write(long offset, ByteBuffer piece) throws IOException {
    while (piece.hasRemaining()) {
      channel.write(piece, offset + piece.position());
    }
  }

  @Override
  public long read(long offset, List<MemorySegment> into) throws IOException {
    long done = inOneGo(into) ? Math.max(0, host.get().read(into, offset)) : 0;
    // The rest, or what is wrong.
    return done == Pieces.size(into)
        ? done
        : done + Storage.super.read(offset + done, Pieces.rest(into, done));
  }

  @Override
  public void write(long offset, List<MemorySegment> from) throws IOException {
    long done = inOneGo(from) ? Math.max(0, host.get().write(from, offset)) : 0;
    if (done < Pieces.size(from)) {
      Storage.super.write(offset + done, Pieces.rest(from, done));
    }
  }

  @Override
  public boolean readNow(long offset, List<MemorySegment> into) {
    return inOneGo(into) && host.get().readNow(into, offset) == Pieces.size(into);
  }

  /** By {@code copy_file_range} on Linux. */
  @Override
  public boolean copyTo(Storage to, long offset, long length) throws IOException {
    if (!(to instanceof ImageFile other)) {
      return false;
    }
    for (long done = 0; done < length; ) {
      FileChannel target = other.channel.position(offset + done);
      long copied = channel.transferTo(offset + done, length - done, target);
      if (copied <= 0) {
        throw new EOFException(path + " ends before byte " + (offset + length));
      }
      done += copied;
    }
    return true;
  }

  /** Into the host's cache. */
  @Override
  public boolean writesSoon() {
    return true;
  }

  /** Whether the host can do with these pieces what else is done with each. */
  private boolean inOneGo(List<MemorySegment> pieces) {
    if (host.isEmpty()) {
      return false;
    }
    for (MemorySegment piece : pieces) {
      if (!piece.isNative()) {
        return false;
      }
    }
    return true;
  }

  /** A buffer has at most 2 GiB, a segment has not. */
  private static ByteBuffer piece(MemorySegment segment, long at) {
    return segment.asSlice(at, Math.min(PIECE, segment.byteSize() - at)).asByteBuffer();
  }

  @Override
  public void flush() throws IOException {
    boolean metadata = allocationChanged.getAndSet(false);
    try {
      channel.force(metadata);
    } catch (IOException e) {
      allocationChanged.compareAndSet(false, metadata);
      throw e;
    }
  }

  @Override
  public boolean punch(long offset, long length) throws IOException {
    boolean punched = host.isPresent() && host.get().punchHole(offset, length);
    if (punched) {
      allocationChanged.set(true);
    }
    return punched;
  }

  @Override
  public void zero(long offset, long length, boolean mayUnmap) throws IOException {
    if (host.isPresent() && zeroInPlace(host.get(), offset, length, mayUnmap)) {
      allocationChanged.set(true);
      return;
    }
    for (long at = 0; at < length; at += ZEROES.capacity()) {
      write(offset + at, ZEROES.slice(0, (int) Math.min(ZEROES.capacity(), length - at)));
    }
  }

  private static boolean zeroInPlace(HostFile file, long offset, long length, boolean mayUnmap)
      throws IOException {
    return mayUnmap && file.punchHole(offset, length) || file.zeroRange(offset, length);
  }

  @Override
  public void resize(long size) throws IOException {
    if (size > channel.size()) {
      write(size - 1, ByteBuffer.allocate(1)); // A channel cannot make a file longer otherwise.
    } else {
      channel.truncate(size);
    }
    allocationChanged.set(true);
  }

  @Override
  public long next(long offset, boolean data) throws IOException {
    long size = channel.size();
    if (offset >= size) {
      return size;
    }
    return host.map(file -> file.seek(offset, data, size)).orElse(data ? offset : size);
  }

  /** Bytes that are data, and not holes. */
  @Override
  public OptionalLong allocated() throws IOException {
    long sum = 0;
    for (long at = next(0, true); at < size(); at = next(at, true)) {
      long end = next(at, false);
      sum += end - at;
      at = end;
    }
    return OptionalLong.of(sum);
  }

  /** Gives the lock up. The host writes data that was not flushed, as after any write. */
  @Override
  public void close() throws IOException {
    host.ifPresent(HostFile::close);
    channel.close();
  }
}
