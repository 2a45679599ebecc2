package atoll.disk;

import atoll.host.FileFormat;
import atoll.host.HostException;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A disk whose bytes are those of a file.
 *
 * <p>If nobody has said that it is raw, but only its first bytes did, those do not become the
 * signature of another format: who looks at the file next would take it for an image, with a
 * backing file that the guest has chosen.
 */
public final class RawDisk implements SparseDisk {
  private static final int SECTOR = 512;

  private final DiskLocation where;
  private final Storage file;
  private final boolean readOnly;
  private final boolean keepsFormat;
  private volatile long size;

  /**
   * Bytes that were data when they were last looked for, null if that may have changed: some file
   * systems take long to find the next hole.
   */
  private volatile Span known;

  /** From a byte to before another one. */
  private record Span(long from, long to) {}

  RawDisk(DiskLocation where, Storage file, boolean readOnly, boolean keepsFormat)
      throws IOException {
    this.where = where;
    this.file = file;
    this.readOnly = readOnly;
    this.keepsFormat = keepsFormat;
    this.size = file.size();
  }

  /**
   * Opens an image whose format is not known to be raw: it must look so, and goes on to.
   *
   * @throws HostException if it is missing, may not be accessed, is of another format, has no whole
   *     number of sectors, or is in use elsewhere; the message says what to do
   */
  public static RawDisk open(Path path, boolean readOnly) {
    Optional<String> ignored = inspect(path, readOnly);
    return open(path, readOnly, true);
  }

  /** Opens an image that is raw whatever it looks like. */
  static RawDisk openRaw(Path path, boolean readOnly) {
    requireAccess(path, readOnly);
    requireSectors(path);
    return open(path, readOnly, false);
  }

  /** Over an export that is open; refused unless it can be a machine's disk. */
  static RawDisk over(DiskLocation where, Storage export, boolean readOnly, boolean keepsFormat)
      throws IOException {
    long size = export.size();
    if (size == 0 || size % SECTOR != 0) {
      throw new IOException("it has %d bytes, expected a multiple of %d".formatted(size, SECTOR));
    }
    return new RawDisk(where, export, readOnly, keepsFormat);
  }

  private static RawDisk open(Path path, boolean readOnly, boolean keepsFormat) {
    ImageFile file = ImageFile.open(path, readOnly);
    try {
      return new RawDisk(DiskLocation.of(path), file, readOnly, keepsFormat);
    } catch (IOException e) {
      ImageFile.closeQuietly(file);
      throw ImageFile.unusable(path, "cannot be opened: " + HostException.reason(e));
    }
  }

  /**
   * Looks at an image without opening it for a machine: no lock is asked for.
   *
   * @return what the user may want to know of it
   * @throws HostException if it cannot be used so; the message says what to do
   */
  public static Optional<String> inspect(Path path, boolean readOnly) {
    requireAccess(path, readOnly);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      Optional<String> note = inspectFormat(path, FileFormat.of(file), readOnly);
      requireSectors(path, file.size());
      return note;
    } catch (IOException e) {
      throw ImageFile.unusable(path, "cannot be read: " + HostException.reason(e));
    }
  }

  /** Refuses what is recognised as an image of another format. */
  static void requireRaw(Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      Optional<String> ignored = inspectFormat(path, FileFormat.of(file), true);
    }
  }

  /** Refuses a file that is not there, or may not be used so. */
  static void requireAccess(Path path, boolean readOnly) {
    ImageFile.requireReadable(path);
    if (!readOnly && !Files.isWritable(path)) {
      throw ImageFile.unusable(path, "may not be written; change its mode, or give it read-only");
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
          throw ImageFile.unusable(
              path,
              "is %s, and disks are raw or qcow2; make a raw image of it: %s"
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
          throw ImageFile.unusable(
              path, fact + ", which a guest would overwrite; " + unpack + "give it read-only");
        }
        yield Optional.of(
            "disk image %s %s; the guest gets its bytes as they are".formatted(path, fact));
      }
      case TEXT, CPIO, CONTENT -> Optional.empty();
    };
  }

  private static void requireSectors(Path path) {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      requireSectors(path, file.size());
    } catch (IOException e) {
      throw ImageFile.unusable(path, "cannot be read: " + HostException.reason(e));
    }
  }

  private static void requireSectors(Path path, long size) {
    if (size == 0) {
      throw ImageFile.unusable(path, "is empty; give it a size, such as: truncate -s 1G " + path);
    }
    if (size % SECTOR != 0) {
      throw ImageFile.unusable(
          path,
          "has %d bytes, expected a multiple of %d; if it is whole, round it up: truncate -s %%%d %s"
              .formatted(size, SECTOR, SECTOR, path));
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
    requireAll(offset + into.byteSize(), file.read(offset, into) - into.byteSize());
  }

  private void requireAll(long end, long missing) throws EOFException {
    if (missing < 0) {
      throw new EOFException("disk image %s ends before byte %d".formatted(where, end));
    }
  }

  @Override
  public void write(long offset, MemorySegment from) throws IOException {
    if (offset < SECTOR && keepsFormat) {
      writeHead(offset, from);
    } else {
      file.write(offset, from);
    }
  }

  @Override
  public void read(long offset, List<MemorySegment> into) throws IOException {
    long size = Pieces.size(into);
    requireAll(offset + size, file.read(offset, into) - size);
  }

  @Override
  public void write(long offset, List<MemorySegment> from) throws IOException {
    if (offset < SECTOR && keepsFormat) {
      SparseDisk.super.write(offset, from);
    } else {
      file.write(offset, from);
    }
  }

  @Override
  public boolean readNow(long offset, List<MemorySegment> into) {
    return file.readNow(offset, into);
  }

  @Override
  public boolean writesSoon() {
    return file.writesSoon();
  }

  /** What is looked at is what is written, whatever the guest does to its buffer meanwhile. */
  private void writeHead(long offset, MemorySegment from) throws IOException {
    long part = Math.min(SECTOR - offset, from.byteSize());
    MemorySegment head = MemorySegment.ofArray(new byte[SECTOR]);
    file.read(0, head);
    head.asSlice(offset, part).copyFrom(from.asSlice(0, part));
    if (FileFormat.of(head).filter(format -> format.kind() == FileFormat.Kind.DISK).isPresent()) {
      throw new IOException(
          "the guest would make it look like %s; say that it is raw (format=raw), now and later"
              .formatted(FileFormat.of(head).get().text()));
    }
    file.write(offset, head.asSlice(offset, part));
    file.write(offset + part, from.asSlice(part));
  }

  /**
   * Has the host copy bytes to the same place of another disk, whose blocks it may share where file
   * systems do so (Btrfs, XFS).
   *
   * @param to which nobody else uses meanwhile
   * @return false if it cannot, such as from a server; nothing has been copied then
   */
  boolean copyTo(RawDisk to, long offset, long length) throws IOException {
    return file.copyTo(to.file, offset, length);
  }

  @Override
  public Range range(long offset, long most) throws IOException {
    Span data = known;
    if (data == null || offset < data.from || offset >= data.to) {
      long begin = file.next(offset, true);
      if (begin > offset) {
        return range(offset, Math.min(most, begin - offset), Source.ZERO);
      }
      data = new Span(offset, Math.max(offset + 1, file.next(offset, false)));
      known = data;
    }
    return range(offset, Math.min(most, data.to - offset), Source.DATA);
  }

  private Range range(long offset, long length, Source source) {
    return new Range(length, source, 0, OptionalLong.of(offset), where.toString());
  }

  /** It may also become smaller. */
  @Override
  public void resize(long bytes) throws IOException {
    known = null;
    file.resize(bytes);
    size = bytes;
  }

  @Override
  public void flush() throws IOException {
    file.flush();
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    known = null;
    file.discard(offset, length);
  }

  @Override
  public void writeZeroes(long offset, long length, boolean mayUnmap) throws IOException {
    known = null;
    file.zero(offset, length, mayUnmap);
  }

  /** The file's name, as far as it is plain ASCII. */
  @Override
  public String serial() {
    return DiskImages.serial(where);
  }

  /** Gives the lock up. The host writes data that was not flushed, as after any write. */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
