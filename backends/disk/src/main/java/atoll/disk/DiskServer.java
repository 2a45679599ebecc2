package atoll.disk;

import atoll.device.spi.BlockBackend;
import atoll.device.spi.DiskLimits;
import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.nbd.NbdServer;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/** Offers the disk of an image to NBD clients. */
public final class DiskServer implements Closeable {
  private final DiskLocation image;
  private final BlockBackend disk;
  private final NbdServer server;

  private DiskServer(DiskLocation image, BlockBackend disk, NbdServer server) {
    this.image = image;
    this.disk = disk;
    this.server = server;
  }

  /**
   * Opens an image, which is locked from now on, and begins to listen.
   *
   * @param format what the user says it is; otherwise its first bytes decide
   * @param clock the host's
   * @param notices told of what its operator may want to know: a sentence without a full stop
   * @throws HostException if it cannot be done; the message says what to do
   */
  public static DiskServer open(
      DiskLocation image,
      Optional<DiskFormat> format,
      boolean readOnly,
      NbdServer.Settings settings,
      Tasks tasks,
      Clock clock,
      Consumer<String> notices) {
    BlockBackend known = DiskImages.open(image, format, readOnly, notices);
    ReportedDisk disk =
        new ReportedDisk(
            known, "disk image " + image, DiskLimits.NONE, "its clients get I/O errors", notices);
    boolean served = false;
    try {
      NbdServer server =
          new NbdServer(settings, new ServedDisk(disk, known), tasks, clock, notices);
      served = true;
      return new DiskServer(image, disk, server);
    } finally {
      if (!served) {
        ImageFile.closeQuietly(disk);
      }
    }
  }

  /** The address that clients use. */
  public String address() {
    return server.address().toString();
  }

  /** Serves until it is stopped. */
  public void run() {
    server.run();
  }

  /** Sends all clients away and ends {@link #run}; any thread. */
  public void stop() {
    server.close();
  }

  /** Sends all clients away and closes the image, with everything that was written. */
  @Override
  public void close() {
    server.close();
    try {
      if (!disk.readOnly()) {
        disk.flush();
      }
      disk.close();
    } catch (IOException e) {
      throw ImageFile.unusable(
          image, "could not be written to the end: " + HostException.reason(e));
    }
  }
}
