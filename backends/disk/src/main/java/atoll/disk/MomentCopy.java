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
 * which nobody writes, stay where they are: the copy refers to them. A copy can also lie over an
 * earlier one, and has what has changed since then. Thread-safe.
 */
public final class MomentCopy implements AutoCloseable {
  /** Bytes that a write waits for at most, each time. */
  private static final int PIECE = 256 << 10;

  /** The same of a copy over another one: a cluster of its, so that none is copied in part. */
  private static final int PIECE_OVER = ImageOptions.CLUSTER_SIZE;

  private final BlockBackend disk;
  private final BlockBackend target;

  /** How many images are copied; those behind them are referred to. */
  private final int depth;

  private final DiskFormat format;

  /** Whether it lies over an earlier copy. */
  private final boolean later;

  private final int pieceSize;
  private final long size;
  private final Object lock = new Object();

  // Guarded by the lock.
  private final BitSet copied;
  private final MemorySegment buffer;

  private Optional<IOException> failure = Optional.empty();

  private MomentCopy(
      BlockBackend disk, BlockBackend target, int depth, DiskFormat format, boolean later) {
    this.disk = disk;
    this.target = target;
    this.depth = depth;
    this.format = format;
    this.later = later;
    pieceSize = later ? PIECE_OVER : PIECE;
    buffer = Arena.ofAuto().allocate(pieceSize);
    size = disk.size();
    copied = new BitSet(pieces());
    copied.set(0, later ? pieces() : 0);
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
    List<ImageFiles.Layer> images = ImageFiles.of(image, format).images();
    int depth = passing(images, passing);
    ImageOptions options =
        depth < images.size()
            ? ImageOptions.usual(DiskFormat.QCOW2)
                .over(name(images.get(depth).image()), images.get(depth).format())
            : ImageOptions.usual(DiskFormat.RAW);
    BlockBackend target = create(disk, file, options);
    return new MomentCopy(watched(disk), target, depth, options.format(), false);
  }

  /**
   * Begins one over an earlier copy, of all that is {@linkplain #change said} to have changed.
   *
   * @param image where the disk's bytes are, and of which format
   * @param disk which is open
   * @param file of the copy, which is made, in qcow2
   * @param earlier a copy in the same folder, of the same size
   * @param passing as above
   * @throws HostException if the copy cannot be made
   */
  public static MomentCopy over(
      DiskLocation image,
      Optional<DiskFormat> format,
      BlockBackend disk,
      Path file,
      EarlierCopy earlier,
      Predicate<Path> passing) {
    int depth = passing(ImageFiles.of(image, format).images(), passing);
    ImageOptions options =
        ImageOptions.usual(DiskFormat.QCOW2)
            .over(earlier.file().getFileName().toString(), earlier.format());
    BlockBackend target = create(disk, file, options);
    return new MomentCopy(watched(disk), target, depth, options.format(), true);
  }

  /**
   * A copy that another one lies over.
   *
   * @param file with it
   */
  public record EarlierCopy(Path file, DiskFormat format) {}

  /** How many images, from the first one on, will not stay. */
  private static int passing(List<ImageFiles.Layer> images, Predicate<Path> passing) {
    int depth = 1;
    while (depth < images.size() && images.get(depth).image().file().filter(passing).isPresent()) {
      depth++;
    }
    return depth;
  }

  private static BlockBackend watched(BlockBackend disk) {
    return disk instanceof ReportedDisk reported ? reported.watched() : disk;
  }

  private static BlockBackend create(BlockBackend disk, Path file, ImageOptions options) {
    long ignored = ImageTool.create(file, OptionalLong.of(disk.size()), options);
    return DiskImages.open(file, Optional.of(options.format()), false);
  }

  /** Bytes that are not as the earlier copy has them; before the moment, or at it. */
  public void change(long from, long end) {
    synchronized (lock) {
      copied.clear(
          (int) (from / pieceSize), (int) Math.min(pieces(), Math.ceilDiv(end, (long) pieceSize)));
    }
  }

  /**
   * The same for all that images of an earlier copy have, but those behind the first ones.
   *
   * @param earlier which has them
   * @param images how many
   */
  public void changeAll(EarlierCopy earlier, int images) throws IOException {
    try (BlockBackend top = DiskImages.open(earlier.file(), Optional.of(earlier.format()), true)) {
      for (long at = 0; at < top.size(); ) {
        SparseDisk.Range range =
            top instanceof SparseDisk sparse
                ? sparse.range(at, top.size() - at)
                : SparseDisk.Range.unknown(top.size() - at);
        if (range.depth() < images) {
          change(at, at + range.length());
        }
        at += range.length();
      }
    }
  }

  /** Whether there is nothing to be copied: the earlier copy has what the disk has. */
  public boolean empty() {
    synchronized (lock) {
      return copied.cardinality() == pieces();
    }
  }

  private static String name(DiskLocation image) {
    return image.file().map(path -> path.toAbsolutePath().toString()).orElse(image.toString());
  }

  /** The format of the copy. */
  public DiskFormat format() {
    return format;
  }

  /** How many images, from the disk's own on, are in the copy; it refers to those behind them. */
  public int depth() {
    return depth;
  }

  private int pieces() {
    return Math.toIntExact(Math.ceilDiv(size, pieceSize));
  }

  /** Bytes that are about to be overwritten are copied now. If that fails, so will the copy. */
  public void beforeChange(long offset, long length) {
    long end = Math.min(size, offset + length);
    for (long piece = offset / pieceSize; piece * pieceSize < end; piece++) {
      copy((int) piece);
    }
  }

  /**
   * Copies all the rest.
   *
   * @throws HostException if something could not be copied
   */
  public void finish(CopyProgress progress) {
    for (int piece = next(0); piece < pieces() && !failed(); piece = next(piece + 1)) {
      progress.at((long) piece * pieceSize, size);
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

  /** The first piece that is to be copied, from one on. */
  private int next(int piece) {
    synchronized (lock) {
      return copied.nextClearBit(piece);
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
        long at = (long) piece * pieceSize;
        copy(at, Math.min(size, at + pieceSize));
        copied.set(piece);
      } catch (IOException e) {
        failure = Optional.of(e);
      }
    }
  }

  private boolean raw() {
    return format == DiskFormat.RAW;
  }

  private void copy(long from, long end) throws IOException {
    for (long at = from; at < end; ) {
      SparseDisk.Range range =
          disk instanceof SparseDisk sparse
              ? sparse.range(at, end - at)
              : SparseDisk.Range.unknown(end - at);
      if (raw() || later || range.depth() < depth) {
        copy(at, range);
      }
      at += range.length();
    }
  }

  private void copy(long at, SparseDisk.Range range) throws IOException {
    if (!range.zero()) {
      copyData(at, range.length());
    } else if (!raw()) {
      target.writeZeroes(at, range.length(), true);
    }
  }

  /** From file to file the host does it, which may share the blocks. */
  private void copyData(long at, long length) throws IOException {
    boolean done =
        disk instanceof RawDisk from && target instanceof RawDisk to && from.copyTo(to, at, length);
    if (!done) {
      MemorySegment part = buffer.asSlice(0, length);
      disk.read(at, part);
      target.write(at, part);
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
