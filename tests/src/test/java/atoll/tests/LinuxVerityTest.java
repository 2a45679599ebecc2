package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.device.spi.BlockBackend;
import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.image.Checksum;
import atoll.image.HashTree;
import atoll.image.Progress;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Debian's kernel reads a disk with our hash tree, and refuses what is not as it was. */
@Tag("slow")
class LinuxVerityTest {
  /** Two levels of the tree. */
  private static final int BLOCKS = 300;

  private static final int BLOCK = 4096;

  /** Reads each disk by its table; each is a file /tab.DISK. */
  private static final String COMMANDS =
      """
      for m in virtio_mmio virtio_blk dm_verity; do modprobe $m; done
      for disk in vda vdb vdc vdd; do
        device=$(/sbin/mapper /tables/$disk) || continue
        echo "$disk sum $(sha256sum 2>/dev/null <$device | cut -c1-64)"
        dd if=$device of=/dev/null bs=4k count=1 2>/dev/null && echo "$disk begins well"
        echo "$disk has $(cat /sys/block/${device#/dev/}/ro)"
      done
      dmesg | grep -E 'device-mapper: verity: .* is corrupted' | sed 's/.*verity: /REFUSED /' | sort -u
      echo nothing >/tables/none
      /sbin/mapper /tables/none || echo "no parameter, no device"
      """;

  @TempDir private Path folder;

  private Path disk(String name, int flip) throws IOException {
    byte[] bytes = new byte[BLOCKS * BLOCK];
    new Random(1).nextBytes(bytes);
    Path disk = Files.write(folder.resolve(name), bytes);
    tree = HashTree.append(disk, new byte[] {1, 2, 3}, Progress.SILENT);
    if (flip >= 0) {
      byte[] all = Files.readAllBytes(disk);
      all[flip] ^= 4;
      Files.write(disk, all);
    } else {
      sum = Checksum.of(Checksum.Algorithm.SHA256, bytes).hex();
    }
    return disk;
  }

  private HashTree tree;
  private String sum;

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void aFlippedBitOfDataOrTreeAndAWrongRootAreRefused(Engine engine)
      throws IOException, InterruptedException {
    var linux = LinuxGuest.find();
    assumeTrue(linux.isPresent(), "there is no Debian kernel in the cache, nor network");
    List<Path> files =
        List.of(
            disk("whole", -1),
            disk("data", 200 * BLOCK + 17),
            disk("tree", (BLOCKS + 2) * BLOCK + 64),
            disk("root", -1));
    StringBuilder tables = new StringBuilder("mkdir /tables\n");
    for (String name : List.of("vda", "vdb", "vdc", "vdd")) {
      String parameter = tree.parameter().replace("/dev/vda", "/dev/" + name);
      String told =
          name.equals("vdd")
              ? parameter.replace(tree.root(), "0".repeat(tree.root().length()))
              : parameter;
      tables.append(
          "echo 'quiet %s panic=1' >/tables/%s\n"
              .formatted(told.replace("root,", name + ","), name));
    }
    List<BlockBackend> disks = new ArrayList<>();
    files.forEach(file -> disks.add(RawDisk.open(file, true)));
    try (TestVm vm =
        TestVm.start(
            engine, linux.get().boot(tables + COMMANDS), 1, 256, config -> config.disks(disks))) {
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      assertThat(vm.console().text().replace("\r", ""))
          .contains("vda sum " + sum + "\nvda begins well\nvda has 1\n")
          .contains("vdb begins well") // the block that was changed is another
          .containsPattern("REFUSED \\d+:16: data block 200 is corrupted")
          .containsPattern("REFUSED \\d+:32: metadata block \\d+ is corrupted")
          .containsPattern("REFUSED \\d+:48: metadata block \\d+ is corrupted")
          .doesNotContain("vdc begins well", "vdd begins well", "vdb sum " + sum)
          .contains("no parameter, no device");
    } finally {
      for (BlockBackend disk : disks) {
        disk.close();
      }
    }
  }
}
