package atoll.image;

import atoll.vmm.Image;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What every system on a disk is given in its memory, and nothing of it on the disk: a unit of
 * systemd's that renews the date and the addresses when the machine goes on from a snapshot. It
 * comes with the initial RAM disk, which puts it there (ADR 108).
 */
public final class SystemFiles {
  private static final String RUN = "host/run/";
  private static final String UNITS = RUN + "systemd/system/";

  private static final String UNIT =
      """
      [Unit]
      Description=Date and addresses after a snapshot
      StartLimitIntervalSec=0

      [Service]
      ExecStart=/bin/sh /run/atoll/renew
      Restart=always
      RestartSec=1
      """;

  private static final String WANTS =
      """
      [Unit]
      Wants=atoll-renew.service
      """;

  private SystemFiles() {}

  /** The archive that comes behind the initial RAM disk. */
  public static Image archive() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (CpioWriter archive = new CpioWriter(bytes)) {
      archive.file(RUN + "atoll/renew", 0755, Initramfs.resource("renew-system"));
      archive.file(UNITS + "atoll-renew.service", 0644, text(UNIT));
      archive.file(UNITS + "multi-user.target.d/atoll-renew.conf", 0644, text(WANTS));
    } catch (IOException e) {
      throw new UncheckedIOException("an archive in memory", e);
    }
    return Image.bytes("what a system gets in its memory", bytes.toByteArray());
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
