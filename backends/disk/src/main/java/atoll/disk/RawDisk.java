package atoll.disk;

import atoll.device.spi.BlockBackend;
import atoll.host.FileFormat;
import atoll.host.FileType;
import atoll.host.HostException;
import atoll.host.HostFile;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A disk whose bytes are those of a file.
 *
 * <p>The file is locked while it is open: exclusively, so that two machines never write one image,
 * or shared with other readers if it is read-only. Calls may come from several threads, which are
 * not to be interrupted: an interrupt closes a Java channel.
 */
public final class RawDisk implements BlockBackend {
  private static final int SECTOR = 512;
  private static final int SERIAL_SIZE = 20;
  private static final int PIECE = 1 << 30;

  /** Shared by all disks; never written. */
  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1 << 18).asReadOnlyBuffer();

  private final Path path;
  private final FileChannel channel;
  private final Optional<HostFile> host;
  private final boolean readOnly;
  private final long size;

  /** Blocks were given back or zeroed: the next flush has more to write than data. */
  private final AtomicBoolean allocationChanged = new AtomicBoolean();

  RawDisk(Path path, FileChannel channel, Optional<HostFile> host, boolean readOnly)
      throws IOException {
    this.path = path;
    this.channel = channel;
    this.host = host;
    this.readOnly = readOnly;
    this.size = channel.size();
  }

  /**
   * Opens an existing image.
   *
   * @throws HostException if it is missing, may not be accessed, has no whole number of sectors, or
   *     another machine uses it; the message says what to do
   */
  public static RawDisk open(Path path, boolean readOnly) {
    Optional<String> ignored = inspect(path, readOnly);
    FileChannel channel = null;
    HostFile host = null;
    boolean opened = false;
    try {
      channel = channel(path, readOnly);
      host = HostFile.open(path, !readOnly).orElse(null);
      checkLock(path, lock(channel, host, readOnly));
      RawDisk disk = new RawDisk(path, channel, Optional.ofNullable(host), readOnly);
      opened = true;
      return disk;
    } catch (IOException e) {
      throw unusable(path, "cannot be opened: " + HostException.reason(e));
    } finally {
      if (!opened) {
        closeQuietly(host);
        closeQuietly(channel);
      }
    }
  }

  private static FileChannel channel(Path path, boolean readOnly) throws IOException {
    return readOnly
        ? FileChannel.open(path, StandardOpenOption.READ)
        : FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /**
   * Looks at an image without opening it for a machine: no lock is asked for.
   *
   * @return what the user may want to know of it
   * @throws HostException if it cannot be used so; the message says what to do
   */
  public static Optional<String> inspect(Path path, boolean readOnly) {
    if (!Files.exists(path)) {
      throw unusable(path, "does not exist; create one with: truncate -s 1G " + path);
    }
    FileType.obstacle(path, true)
        .ifPresent(obstacle -> {
          throw new HostException("disk image " + obstacle);
        });
    if (!readOnly && !Files.isWritable(path)) {
      throw unusable(path, "may not be written; change its mode, or give it read-only");
    }
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      Optional<String> note = inspectFormat(path, FileFormat.of(file), readOnly);
      inspectSize(path, file.size());
      return note;
    } catch (IOException e) {
      throw unusable(path, "cannot be read: " + HostException.reason(e));
    }
  }

  /**
   * A container of another hypervisor is not a raw disk; a guest that writes to a packed file or a
   * program destroys it. Everything else can be what is on a disk: file systems, archives, ISOs.
   */
  private static Optional<String> inspectFormat(
      Path path, Optional<FileFormat> format, boolean readOnly) {
    return switch (format.map(FileFormat::kind).orElse(FileFormat.Kind.CONTENT)) {
      case DISK, SPARSE ->
          throw unusable(
              path,
              "is %s, and disks are raw; make a raw image of it: %s"
                  .formatted(
                      format.get().text(), format.get().unpack(path.toString()).orElseThrow()));
      case PACKED, ARCHIVE, PROGRAM, DEVICE_TREE -> {
        String fact = "is " + format.get().text();
        if (!readOnly) {
          String unpack =
              format
                  .get()
                  .unpack(path.toString())
                  .map(way -> "unpack it first: %s, or ".formatted(way))
                  .orElse("");
          throw unusable(
              path, fact + ", which a guest would overwrite; " + unpack + "give it read-only");
        }
        yield Optional.of(
            "disk image %s %s; the guest gets its bytes as they are".formatted(path, fact));
      }
      case TEXT, CPIO, CONTENT -> Optional.empty();
    };
  }

  private static void inspectSize(Path path, long size) {
    if (size == 0) {
      throw unusable(path, "is empty; give it a size, such as: truncate -s 1G " + path);
    }
    if (size % SECTOR != 0) {
      throw unusable(
          path,
          "has %d bytes, expected a multiple of %d; if it is whole, round it up: truncate -s %%%d %s"
              .formatted(size, SECTOR, SECTOR, path));
    }
  }

  private static HostException unusable(Path path, String why) {
    return new HostException("disk image %s %s".formatted(path, why));
  }

  private static void checkLock(Path path, boolean free) {
    if (!free) {
      throw unusable(path, "is in use by another VM; stop that one, or open it read-only in both");
    }
  }

  /** Whether the lock was free. */
  private static boolean lock(FileChannel channel, HostFile host, boolean readOnly)
      throws IOException {
    if (host != null) {
      return host.lock(!readOnly);
    }
    try {
      FileLock lock = channel.tryLock(0, Long.MAX_VALUE, readOnly);
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static void closeQuietly(AutoCloseable resource) {
    try {
      if (resource != null) {
        resource.close();
      }
    } catch (Exception e) {
      // The failure that led here is the one to report.
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public void read(long offset, MemorySegment into) throws IOException {
    for (long at = 0; at < into.byteSize(); at += PIECE) {
      ByteBuffer piece = piece(into, at);
      while (piece.hasRemaining()) {
        if (channel.read(piece, offset + at + piece.position()) < 0) {
          throw new EOFException(
              "disk image %s ends before byte %d".formatted(path, offset + into.byteSize()));
        }
      }
    }
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
  public void discard(long offset, long length) throws IOException {
    if (host.isPresent() && host.get().punchHole(offset, length)) {
      allocationChanged.set(true);
    }
  }

  @Override
  public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
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

  /** The file's name, as far as it is plain ASCII. */
  @Override
  public String serial() {
    String name = path.getFileName().toString().replaceAll("[^!-~]", "_");
    return name.substring(0, Math.min(SERIAL_SIZE, name.length()));
  }

  /** Gives the lock up. The host writes data that was not flushed, as after any write. */
  @Override
  public void close() throws IOException {
    host.ifPresent(HostFile::close);
    channel.close();
  }
}
