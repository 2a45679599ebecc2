package atoll.manager;

import atoll.device.spi.BlockBackend;
import atoll.device.spi.DiskLimits;
import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.MomentCopy;
import atoll.disk.ReportedDisk;
import atoll.image.RefusedException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Where a VM has a disk, through all its lives: an image, in whose place another one can be put
 * while no request is under way. What its user allows it to do in a second stays.
 */
final class DiskBay implements BlockBackend {
  /** Bytes of the pieces that a disk gets back, or a copy over an earlier one has. */
  private static final long PIECE = 64 << 10;

  private final String name;
  private final DiskLimits limits;
  private final AtomicBoolean changing = new AtomicBoolean();

  /** Written under this object's monitor. */
  private volatile Medium medium;

  private boolean closed;

  /** Another host may have its image. */
  private boolean handedOver;

  /** What it has at one moment is being copied; null if not. */
  private volatile MomentCopy copying;

  /** Which of its bytes are written to is being noted; null if not. */
  private volatile DiskWrites log;

  /** What was written since the moment that the VM can go back to; null if there is none. */
  private volatile DiskWrites since;

  /** The same since a moment to which it may be able to go back later. */
  private volatile DiskWrites next;

  /**
   * What is in it.
   *
   * @param image where its bytes are
   * @param format as the user says; otherwise its first bytes decide
   */
  record Medium(DiskLocation image, Optional<DiskFormat> format, BlockBackend disk) {}

  /**
   * @param name unique in its system, of letters, digits and {@code /-.}
   */
  DiskBay(String name, Medium first, DiskLimits limits) {
    this.name = name;
    medium = first;
    this.limits = limits;
  }

  /** What it is called in its system. */
  String name() {
    return name;
  }

  /** Where its bytes are now. */
  DiskLocation image() {
    return medium.image();
  }

  DiskReport report() {
    Medium now = medium;
    return new DiskReport(now.image().toString(), now.disk().size(), now.disk().readOnly());
  }

  /** Lets nobody else change it until {@link #endChange}; returns false if somebody does. */
  boolean beginChange() {
    return changing.compareAndSet(false, true);
  }

  void endChange() {
    changing.set(false);
  }

  /**
   * Puts another one in its place; no request is under way.
   *
   * @return what was in it, for the caller to close
   * @throws RefusedException if the system has ended
   */
  synchronized Medium put(Medium other) {
    if (closed) {
      throw new RefusedException("the system has ended; its disks stay as they are");
    }
    Medium before = medium;
    medium = other;
    since = null;
    next = null;
    return before;
  }

  /** What is in it now. */
  Medium medium() {
    return medium;
  }

  /**
   * Makes ready to copy what it has at a moment; nobody changes what is in it until {@link
   * #endCopy}.
   *
   * @param passing as {@link MomentCopy#begin} has it
   */
  MomentCopy planCopy(Path file, Predicate<Path> passing) {
    Medium now = medium;
    return MomentCopy.begin(now.image, now.format, now.disk, file, passing);
  }

  /**
   * The same over a copy of the last moment: what was written since then is copied.
   *
   * @param passing as {@link MomentCopy#over} has it
   */
  MomentCopy planCopy(Path file, MomentCopy.EarlierCopy earlier, Predicate<Path> passing) {
    Medium now = medium;
    return MomentCopy.over(now.image, now.format, now.disk, file, earlier, passing);
  }

  /** Bytes that were written to since the last moment, roughly; nothing if that is not known. */
  OptionalLong written() {
    DiskWrites written = since;
    return written == null ? OptionalLong.empty() : OptionalLong.of(written.bytes());
  }

  /**
   * This is the moment; no request is under way.
   *
   * @param later whether the copy lies over one of the last moment
   */
  void beginCopy(MomentCopy copy, boolean later) {
    if (later) {
      since.forEach(copy::change);
    }
    next = new DiskWrites(PIECE);
    copying = copy;
  }

  /** It has what the VM can go back to, or did so at the moment of its last copy. */
  void keepMoment() {
    since = next == null ? new DiskWrites(PIECE) : next;
    next = null;
  }

  /**
   * Has it be as it was at that moment; no request is under way.
   *
   * @param then what it had
   * @throws IOException if it cannot be so
   */
  void goBack(BlockBackend then) throws IOException {
    DiskWrites written = since;
    if (written == null) {
      throw new IOException("it has another image since then");
    }
    written.undo(then, this); // which is a change like others, for who copies it or follows
  }

  /**
   * Closes its image, so that another host can have it. No request is under way, and none comes
   * before {@link #takeBack}.
   */
  synchronized void handOver() throws IOException {
    if (closed || handedOver) {
      return;
    }
    if (!readOnly()) {
      flush();
    }
    handedOver = true; // also if it cannot be closed well: then it is opened anew
    disk().close();
  }

  /**
   * Opens its image again, if it was handed over.
   *
   * @param notices as {@link ReportedDisk#open} has them
   * @throws atoll.host.HostException if another host has it
   */
  synchronized void takeBack(Consumer<String> notices) {
    if (handedOver) {
      Medium before = medium;
      BlockBackend again =
          ReportedDisk.open(
              before.image(), before.format(), before.disk().readOnly(), limits, notices);
      medium = new Medium(before.image(), before.format(), again);
      handedOver = false;
    }
  }

  /** It is copied, or need not be any more. */
  void endCopy() {
    copying = null;
  }

  /**
   * Has it noted from now on which of its bytes are written to. What was written is noted
   * afterwards: so what was read meanwhile, with only a part of it, is noted too.
   *
   * @param piece as {@link DiskWrites} has it
   */
  DiskWrites follow(long piece) {
    DiskWrites made = new DiskWrites(piece);
    log = made;
    return made;
  }

  /** Ends a {@link #follow}. */
  void endFollow() {
    log = null;
  }

  /** Once bytes have been written, or may have been: what is read from now on has them. */
  private void afterChange(long offset, long length) {
    DiskWrites.note(log, offset, length);
  }

  private void beforeChange(long offset, long length) {
    MomentCopy copy = copying;
    if (copy != null) {
      copy.beforeChange(offset, length);
    }
    DiskWrites.note(since, offset, length);
    DiskWrites.note(next, offset, length);
  }

  private BlockBackend disk() {
    return medium.disk();
  }

  @Override
  public long size() {
    return disk().size();
  }

  @Override
  public boolean readOnly() {
    return disk().readOnly();
  }

  @Override
  public void read(long offset, MemorySegment into) throws IOException {
    disk().read(offset, into);
  }

  @Override
  public void write(long offset, MemorySegment from) throws IOException {
    beforeChange(offset, from.byteSize());
    try {
      disk().write(offset, from);
    } finally {
      afterChange(offset, from.byteSize());
    }
  }

  @Override
  public void read(long offset, List<MemorySegment> into) throws IOException {
    disk().read(offset, into);
  }

  @Override
  public void write(long offset, List<MemorySegment> from) throws IOException {
    long length = from.stream().mapToLong(MemorySegment::byteSize).sum();
    beforeChange(offset, length);
    try {
      disk().write(offset, from);
    } finally {
      afterChange(offset, length);
    }
  }

  @Override
  public boolean readNow(long offset, List<MemorySegment> into) throws IOException {
    return disk().readNow(offset, into);
  }

  @Override
  public boolean writesSoon() {
    return copying == null && disk().writesSoon();
  }

  @Override
  public DiskLimits limits() {
    return limits;
  }

  @Override
  public void resize(long bytes) throws IOException {
    disk().resize(bytes);
  }

  @Override
  public void flush() throws IOException {
    disk().flush();
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    beforeChange(offset, length);
    try {
      disk().discard(offset, length);
    } finally {
      afterChange(offset, length);
    }
  }

  @Override
  public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
    beforeChange(offset, length);
    try {
      disk().writeZeroes(offset, length, mayUnmap);
    } finally {
      afterChange(offset, length);
    }
  }

  @Override
  public String serial() {
    return disk().serial();
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed && !handedOver) {
      disk().close();
    }
    closed = true;
  }
}
