package atoll.disk;

import atoll.device.spi.BlockBackend;
import atoll.host.FileFormat;
import atoll.host.HostException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Opens disk images of any format, with the images behind them. */
public final class DiskImages {
  private static final int SERIAL_SIZE = 20;

  private DiskImages() {}

  /**
   * Opens an image for a machine, and locks it and those behind it.
   *
   * @param format what the user says it is; otherwise its first bytes decide
   * @throws HostException if it cannot be used so; the message says what to do
   */
  public static BlockBackend open(Path path, Optional<DiskFormat> format, boolean readOnly) {
    RawDisk.requireAccess(path, readOnly);
    return switch (format.orElseGet(() -> detect(path))) {
      case QCOW2 -> new ImageChain().open(path, readOnly);
      case RAW ->
          format.isPresent() ? RawDisk.openRaw(path, readOnly) : RawDisk.open(path, readOnly);
    };
  }

  /**
   * Looks at an image, and at those behind it, without opening them for a machine: no lock is asked
   * for.
   *
   * @return what the user may want to know of it
   * @throws HostException if it cannot be used so; the message says what to do
   */
  public static Optional<String> inspect(Path path, Optional<DiskFormat> format, boolean readOnly) {
    RawDisk.requireAccess(path, readOnly);
    switch (format.orElseGet(() -> detect(path))) {
      case QCOW2 -> new ImageChain().inspect(path, readOnly);
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

  /** A file's name as a disk's, as far as it is plain ASCII. */
  static String serial(Path path) {
    String name = path.getFileName().toString().replaceAll("[^!-~]", "_");
    return name.substring(0, Math.min(SERIAL_SIZE, name.length()));
  }
}
