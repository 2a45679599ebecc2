package atoll.tests;

import atoll.device.spi.DiskLimits;
import atoll.disk.DiskLocation;
import atoll.disk.ReportedDisk;
import atoll.testkit.Engines;
import atoll.testkit.TestVm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Runs {@code guests/disk} on an image and repeats what it prints, until this process is killed.
 */
public final class DiskVictim {
  private DiskVictim() {}

  public static void main(String[] args) throws InterruptedException {
    ReportedDisk disk =
        ReportedDisk.open(
            DiskLocation.of(Path.of(args[1])),
            Optional.empty(),
            false,
            DiskLimits.NONE,
            System.out::println);
    TestVm vm =
        TestVm.guest(
            Engines.shipped(args[0]), "disk", 1, "", config -> config.disks(List.of(disk)));
    while (true) {
      System.out.print(vm.console().await("\n", Duration.ofMinutes(1)));
      System.out.flush();
    }
  }
}
