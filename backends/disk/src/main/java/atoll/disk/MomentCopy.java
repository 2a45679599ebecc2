package atoll.disk;

import atoll.device.spi.BlockBackend;
import atoll.host.HostException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * A copy of what a disk has at one moment, made while the disk goes on being used: what is about to
 * be overwritten is copied first, and all the rest little by little. Images behind the disk's own,
 * which nobody writes, stay where they are: the copy refers to them. Thread-safe.
 */
public final class MomentCopy implements AutoCloseable {
  /** Bytes that a write waits for at most, each time. */
  private static final int PIECE = 256 << 10;

  private final BlockBackend disk;
  private final BlockBackend target;

  /** How many images are copied; those behind them are referred to. */
  private final int depth;

  private final boolean over;
  private final long size;
  private final Object lock = new Object();

  // Guarded by the lock.
  private final BitSet copied;
  private final MemorySegment buffer = Arena.ofAuto().allocate(PIECE);
  private Optional<IOException> failure = Optional.empty();

  private MomentCopy(BlockBackend disk, BlockBackend target, int depth, boolean over) {
    this.disk = disk;
    this.target = target;
    this.depth = depth;
    this.over = over;
    size = disk.size();
    copied = new BitSet(pieces());
  }

  /**
   * Begins: the moment is that from which on {@link #beforeChange} is called. Nothing is written to
   * the disk meanwhile.
   *
   * @param image where the disk's bytes are, and of which format
   * @param disk which is open
   * @param file of the copy, which is made: qcow2 if it refers to others, otherwise raw
   * @param passing which images behind the disk will not stay, and are copied too
   * @throws HostException if the copy cannot be made
   */
  public static MomentCopy begin(
      DiskLocation image,
      Optional<DiskFormat> format,
      BlockBackend disk,
      Path file,
      Predicate<Path> passing) {
    BlockBackend watched = disk instanceof ReportedDisk reported ? reported.watched() : disk;
    List<ImageFiles.Layer> images = ImageFiles.of(image, format).images();
    int depth = 1;
    while (depth < images.size() && images.get(depth).image().file().filter(passing).isPresent()) {
      depth++;
    }
    boolean over = depth < images.size();
    ImageOptions options =
        over
            ? ImageOptions.usual(DiskFormat.QCOW2)
                .over(name(images.get(depth).image()), images.get(depth).format())
            : ImageOptions.usual(DiskFormat.RAW);
    long ignored = ImageTool.create(file, OptionalLong.of(disk.size()), options);
    BlockBackend target = DiskImages.open(file, Optional.of(options.format()), false);
    return new MomentCopy(watched, target, depth, over);
  }

  private static String name(DiskLocation image) {
    return image.file().map(path -> path.toAbsolutePath().toString()).orElse(image.toString());
  }

  /** The format of the copy. */
  public DiskFormat format() {
    return over ? DiskFormat.QCOW2 : DiskFormat.RAW;
  }

  /** How many images, from the disk's own on, are in the copy; it refers to those behind them. */
  public int depth() {
    return depth;
  }

  private int pieces() {
    return Math.toIntExact(Math.ceilDiv(size, PIECE));
  }

  /** Bytes that are about to be overwritten are copied now. If that fails, so will the copy. */
  public void beforeChange(long offset, long length) {
    long end = Math.min(size, offset + length);
    for (long piece = offset / PIECE; piece * PIECE < end; piece++) {
      copy((int) piece);
    }
  }

  /**
   * Copies all the rest.
   *
   * @throws HostException if something could not be copied
   */
  public void finish(CopyProgress progress) {
    for (int piece = 0; piece < pieces() && !failed(); piece++) {
      progress.at((long) piece * PIECE, size);
      copy(piece);
    }
    synchronized (lock) {
      try {
        if (failure.isPresent()) {
          throw failure.get();
        }
        target.flush();
      } catch (IOException e) {
        throw new HostException(
            "a disk cannot be copied: %s; check the space there".formatted(HostException.reason(e)),
            e);
      }
    }
  }

  private boolean failed() {
    synchronized (lock) {
      return failure.isPresent();
    }
  }

  private void copy(int piece) {
    synchronized (lock) {
      if (copied.get(piece) || failure.isPresent()) {
        return;
      }
      try {
        long at = (long) piece * PIECE;
        copy(at, Math.min(size, at + PIECE));
        copied.set(piece);
      } catch (IOException e) {
        failure = Optional.of(e);
      }
    }
  }

  private void copy(long from, long end) throws IOException {
    for (long at = from; at < end; ) {
      SparseDisk.Range range =
          disk instanceof SparseDisk sparse
              ? sparse.range(at, end - at)
              : SparseDisk.Range.unknown(end - at);
      if (!over || range.depth() < depth) {
        copy(at, range);
      }
      at += range.length();
    }
  }

  private void copy(long at, SparseDisk.Range range) throws IOException {
    if (!range.zero()) {
      MemorySegment part = buffer.asSlice(0, range.length());
      disk.read(at, part);
      target.write(at, part);
    } else if (over) {
      target.writeZeroes(at, range.length(), true);
    }
  }

  /** Ends it, finished or not. */
  @Override
  public void close() {
    synchronized (lock) {
      failure = Optional.of(new IOException("it has been given up"));
      ImageFile.closeQuietly(target);
    }
  }
}
