package atoll.tests;

import atoll.disk.RawDisk;
import atoll.testkit.Engines;
import atoll.testkit.TestVm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Runs {@code guests/disk} on a file and repeats what it prints, until this process is killed. */
public final class DiskVictim {
  private DiskVictim() {}

  public static void main(String[] args) throws InterruptedException {
    RawDisk disk = RawDisk.open(Path.of(args[1]), false);
    TestVm vm =
        TestVm.guest(
            Engines.shipped(args[0]), "disk", 1, "", config -> config.disks(List.of(disk)));
    while (true) {
      System.out.print(vm.console().await("\n", Duration.ofMinutes(1)));
      System.out.flush();
    }
  }
}
