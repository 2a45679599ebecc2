package atoll.disk;

import atoll.device.spi.BlockBackend;
import atoll.device.spi.DiskLimits;
import atoll.host.HostException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A disk whose failures the host's user is told of, and whose failed flush is not forgotten. For
 * any backend.
 *
 * <p>The guest gets an I/O error for each request that fails; a person is told once for each kind
 * of request. After a flush that failed, what the host has dropped is unknown (Linux marks pages
 * clean that it could not write, and its next {@code fsync} succeeds). So no later flush succeeds
 * until the disk is opened again, unless all that was missing is still in our own memory.
 */
public final class ReportedDisk implements BlockBackend {
  private final BlockBackend disk;
  private final String name;
  private final String effect;
  private final DiskLimits limits;
  private final Consumer<String> reports;
  private final Set<Kind> reported = EnumSet.noneOf(Kind.class);
  private volatile IOException lost;

  /** What can fail. */
  private enum Kind {
    READ("cannot be read"),
    WRITE("cannot be written"),
    FLUSH("cannot be flushed to stable storage, and no flush of it will succeed any more"),
    TABLES("cannot be flushed to stable storage now; the next flush tries again");

    private final String inWords;

    Kind(String inWords) {
      this.inWords = inWords;
    }
  }

  /** A request to the disk behind. */
  @FunctionalInterface
  private interface Request {
    void perform() throws IOException;
  }

  /**
   * Watches over {@code disk}.
   *
   * @param name of the disk in reports, such as {@code disk image a.img}
   * @param limits what its user allows it
   * @param reports gets a sentence without a full stop, on the disk's thread; returns soon
   */
  public ReportedDisk(BlockBackend disk, String name, DiskLimits limits, Consumer<String> reports) {
    this(disk, name, limits, "the guest gets I/O errors", reports);
  }

  /**
   * The same for other users than a guest.
   *
   * @param effect what a failure means to them
   */
  ReportedDisk(
      BlockBackend disk, String name, DiskLimits limits, String effect, Consumer<String> reports) {
    this.disk = disk;
    this.name = name;
    this.limits = limits;
    this.effect = effect;
    this.reports = reports;
  }

  /**
   * Opens an image for a machine.
   *
   * @param format what the user says it is; otherwise its first bytes decide
   * @param limits as for the constructor
   * @param reports as for the constructor
   * @throws HostException if it cannot be used so
   */
  public static ReportedDisk open(
      DiskLocation image,
      Optional<DiskFormat> format,
      boolean readOnly,
      DiskLimits limits,
      Consumer<String> reports) {
    return new ReportedDisk(
        DiskImages.open(image, format, readOnly, reports), "disk image " + image, limits, reports);
  }

  /** The disk that it watches over. */
  BlockBackend watched() {
    return disk;
  }

  /** Performs a request; whatever it throws, even an error, is told and goes on to the guest. */
  private void perform(Kind kind, Request request) throws IOException {
    try {
      request.perform();
    } catch (IOException | RuntimeException | Error e) {
      report(e instanceof NotWrittenException ? Kind.TABLES : kind, e);
      throw e;
    }
  }

  private void report(Kind kind, Throwable cause) {
    boolean first;
    synchronized (reported) {
      first = reported.add(kind);
    }
    if (first) {
      reports.accept("%s %s: %s; %s".formatted(name, kind.inWords, reason(cause), effect));
    }
  }

  private static String reason(Throwable cause) {
    return cause instanceof IOException problem
        ? HostException.reason(problem)
        : cause.toString(); // a bug, or no memory: the name is needed to repair it
  }

  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public boolean readOnly() {
    return disk.readOnly();
  }

  @Override
  public void read(long offset, MemorySegment into) throws IOException {
    perform(Kind.READ, () -> disk.read(offset, into));
  }

  @Override
  public void write(long offset, MemorySegment from) throws IOException {
    perform(Kind.WRITE, () -> disk.write(offset, from));
  }

  @Override
  public void read(long offset, List<MemorySegment> into) throws IOException {
    perform(Kind.READ, () -> disk.read(offset, into));
  }

  @Override
  public void write(long offset, List<MemorySegment> from) throws IOException {
    perform(Kind.WRITE, () -> disk.write(offset, from));
  }

  /** What fails now is read again, and told then. */
  @Override
  public boolean readNow(long offset, List<MemorySegment> into) throws IOException {
    return disk.readNow(offset, into);
  }

  @Override
  public boolean writesSoon() {
    return disk.writesSoon();
  }

  @Override
  public DiskLimits limits() {
    return limits;
  }

  /** Whoever asks for it is told what fails. */
  @Override
  public void resize(long bytes) throws IOException {
    disk.resize(bytes);
  }

  @Override
  public void flush() throws IOException {
    if (lost != null) {
      throw new IOException("an earlier flush failed: " + lost.getMessage(), lost);
    }
    try {
      perform(Kind.FLUSH, disk::flush);
    } catch (NotWrittenException e) {
      throw e; // The next flush may succeed.
    } catch (IOException e) {
      lost = e;
      throw e;
    } catch (RuntimeException | Error e) {
      lost = new IOException(e);
      throw e;
    }
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    perform(Kind.WRITE, () -> disk.discard(offset, length));
  }

  @Override
  public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
    perform(Kind.WRITE, () -> disk.writeZeroes(offset, length, mayUnmap));
  }

  @Override
  public String serial() {
    return disk.serial();
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
