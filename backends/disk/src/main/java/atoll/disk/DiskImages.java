package atoll.disk;

import atoll.device.spi.BlockBackend;
import atoll.host.FileFormat;
import atoll.host.HostException;
import atoll.nbd.NbdAddress;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.function.Consumer;

/** Opens disk images of any format, with the images behind them. */
public final class DiskImages {
  private static final int SERIAL_SIZE = 20;

  /** Bytes in which a format is looked for. */
  private static final long HEAD = 64 << 10;

  private DiskImages() {}

  /**
   * Opens an image for a machine, and locks it and those behind it.
   *
   * @param format what the user says it is; otherwise its first bytes decide
   * @param notices told if a server of it is gone, and when it is back: a sentence without a full
   *     stop, on the thread of a request
   * @throws HostException if it cannot be used so; the message says what to do
   */
  public static BlockBackend open(
      DiskLocation where, Optional<DiskFormat> format, boolean readOnly, Consumer<String> notices) {
    return switch (where) {
      case DiskLocation.InFile(Path path) -> openFile(path, format, readOnly, notices);
      case DiskLocation.AtServer server -> openExport(server, format, readOnly, notices);
    };
  }

  /** The same, where nobody is to be told anything. */
  static BlockBackend open(DiskLocation where, Optional<DiskFormat> format, boolean readOnly) {
    return open(where, format, readOnly, text -> {});
  }

  /** The same for a file. */
  static BlockBackend open(Path path, Optional<DiskFormat> format, boolean readOnly) {
    return open(DiskLocation.of(path), format, readOnly);
  }

  private static BlockBackend openFile(
      Path path, Optional<DiskFormat> format, boolean readOnly, Consumer<String> notices) {
    RawDisk.requireAccess(path, readOnly);
    return switch (format.orElseGet(() -> detect(path))) {
      case QCOW2 -> new ImageChain(notices).open(DiskLocation.of(path), readOnly);
      case RAW ->
          format.isPresent() ? RawDisk.openRaw(path, readOnly) : RawDisk.open(path, readOnly);
    };
  }

  /** By one connection, since some servers end with it. */
  private static BlockBackend openExport(
      DiskLocation where, Optional<DiskFormat> format, boolean readOnly, Consumer<String> notices) {
    Storage export = Storage.open(where, readOnly, notices);
    boolean opened = false;
    try {
      BlockBackend disk =
          qcow2(where, export, format)
              ? new ImageChain(notices).open(where, export, readOnly)
              : RawDisk.over(where, export, readOnly, format.isEmpty());
      opened = true;
      return disk;
    } catch (IOException e) {
      throw ImageFile.unusable(where, "cannot be used: " + HostException.reason(e));
    } finally {
      if (!opened) {
        ImageFile.closeQuietly(export);
      }
    }
  }

  /**
   * Whether an image that is open is qcow2.
   *
   * @param format what the user says it is
   */
  static boolean qcow2(DiskLocation image, Storage file, Optional<DiskFormat> format)
      throws IOException {
    if (format.isPresent()) {
      return format.get() == DiskFormat.QCOW2;
    }
    Optional<Path> path = image.file();
    return path.isPresent() ? detect(path.get()) == DiskFormat.QCOW2 : qcow2(file);
  }

  /** Whether an export's first bytes say so; those of other formats are refused. */
  private static boolean qcow2(Storage export) throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[(int) Math.min(HEAD, export.size())]);
    export.read(0, head);
    Optional<FileFormat> format =
        FileFormat.of(head).filter(known -> known.kind() == FileFormat.Kind.DISK);
    if (format.isPresent() && format.get() != FileFormat.QCOW2) {
      throw new IOException(
          "it is %s, and disks are raw or qcow2; have its server read that format"
              .formatted(format.get().text()));
    }
    return format.isPresent();
  }

  /**
   * Looks at an image, and at those behind it, without opening them for a machine: no lock is asked
   * for, and no server is connected to, since some end with their first connection.
   *
   * @return what the user may want to know of it
   * @throws HostException if it cannot be used so; the message says what to do
   */
  public static Optional<String> inspect(
      DiskLocation where, Optional<DiskFormat> format, boolean readOnly) {
    return switch (where) {
      case DiskLocation.InFile(Path path) -> inspect(path, format, readOnly);
      case DiskLocation.AtServer(NbdAddress address) -> {
        NbdStorage.inspect(address);
        yield Optional.empty();
      }
    };
  }

  /** The same for a file. */
  static Optional<String> inspect(Path path, Optional<DiskFormat> format, boolean readOnly) {
    RawDisk.requireAccess(path, readOnly);
    switch (format.orElseGet(() -> detect(path))) {
      case QCOW2 -> new ImageChain(text -> {}).inspect(DiskLocation.of(path), readOnly);
      case RAW -> {
        if (format.isEmpty()) {
          return RawDisk.inspect(path, readOnly);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Keeps machines, and other programs that lock as QEMU does, from an image until what is returned
   * is closed.
   *
   * @throws HostException if one of them uses it; the message says what to do
   */
  public static Closeable hold(Path path) {
    return ImageFile.open(path, false)::close;
  }

  /** What an image's first bytes say: qcow2, or else raw. */
  static DiskFormat detect(DiskLocation image) throws IOException {
    try (Storage file = Storage.look(image)) {
      return qcow2(image, file, Optional.empty()) ? DiskFormat.QCOW2 : DiskFormat.RAW;
    }
  }

  /** What a file's first bytes say: qcow2, or else raw. */
  static DiskFormat detect(Path path) {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      return FileFormat.of(file).filter(format -> format == FileFormat.QCOW2).isPresent()
          ? DiskFormat.QCOW2
          : DiskFormat.RAW;
    } catch (IOException e) {
      throw ImageFile.unusable(path, "cannot be read: " + HostException.reason(e));
    }
  }

  /** The name of a file or an export as a disk's, as far as it is plain ASCII. */
  static String serial(DiskLocation where) {
    String name =
        switch (where) {
          case DiskLocation.InFile file -> file.label();
          case DiskLocation.AtServer(NbdAddress address) ->
              address.export().isEmpty() ? "nbd" : address.export();
        };
    String plain = name.replaceAll("[^!-~]", "_");
    return plain.substring(0, Math.min(SERIAL_SIZE, plain.length()));
  }
}
