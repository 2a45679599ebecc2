package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ScriptedConsole;
import atoll.testkit.TestVm;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Linux's own drivers work with the board's devices. */
@Tag("slow")
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#shipped")
class LinuxDevicesTest {
  private static final int MEMORY_MIB = 256;
  private static final String DRIVERS =
      "for m in virtio_mmio virtio_blk virtio_rng; do insmod /lib/modules/*/$m.ko; done\n";

  private static final String DISKS =
      """
      cat /sys/block/vda/size /sys/block/vdb/size /sys/block/vdb/ro
      dd if=/dev/urandom of=/tmp/r bs=64k count=16 2>/dev/null
      dd if=/tmp/r of=/dev/vda bs=4k conv=fsync 2>/dev/null
      echo 3 > /proc/sys/vm/drop_caches
      dd if=/dev/vda bs=1k count=1024 2>/dev/null | cmp - /tmp/r && echo SAME
      md5sum < /tmp/r
      dd if=/tmp/r of=/dev/vdb bs=4k count=1 conv=fsync 2>/dev/null || echo REFUSED
      head -c 32 /dev/hwrng | wc -c
      """;
  private static final String CONSOLE =
      """
      exec 3<>/dev/hvc0
      echo LISTENING
      read line <&3
      echo "GOT <$line>" >&3
      read line <&3
      """;
  private static final String CLOCK =
      "echo THE CLOCK; cat /sys/class/rtc/rtc0/since_epoch || echo NO RTC; date +%s\n";

  @Parameter Engine engine;
  @TempDir Path folder;
  private LinuxGuest linux;

  @BeforeEach
  void findTheKernel() {
    var found = LinuxGuest.find();
    assumeTrue(found.isPresent(), "there is no Debian kernel in the cache, nor network");
    linux = found.get();
  }

  private Path disk(String name, int mib) throws IOException {
    Path file = folder.resolve(name);
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength((long) mib << 20);
    }
    return file;
  }

  /** All in one boot, since that is what takes long. */
  @Test
  void disksKeepWhatIsWrittenTheConsoleTakesLinesAndTheClockIsRight()
      throws IOException, InterruptedException, NoSuchAlgorithmException {
    Path writable = disk("a.img", 8);
    Path readOnly = disk("b.img", 4);
    ScriptedConsole second = new ScriptedConsole();
    String commands = DRIVERS + DISKS + CONSOLE + CLOCK;
    long before = System.currentTimeMillis() / 1000;
    String text;
    try (RawDisk a = RawDisk.open(writable, false);
        RawDisk b = RawDisk.open(readOnly, true);
        TestVm vm =
            TestVm.start(
                engine,
                linux.boot(commands),
                2,
                MEMORY_MIB,
                c -> c.disks(List.of(a, b)).virtioConsole(second))) {
      talk(vm.console(), second);
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      text = vm.console().text();
    }
    long after = System.currentTimeMillis() / 1000;
    assertThat(text).contains("16384\r\n8192\r\n1\r\n").contains("SAME\r\n", "REFUSED\r\n");
    assertThat(text).contains("\n32\r\n");
    byte[] written = Arrays.copyOf(Files.readAllBytes(writable), 1 << 20);
    byte[] digest = MessageDigest.getInstance("MD5").digest(written);
    assertThat(text).contains(HexFormat.of().formatHex(digest));
    String tail = text.substring(text.indexOf("THE CLOCK"));
    assertThat(tail.lines().filter(l -> l.matches("\\d{9,}")).map(Long::parseLong))
        .hasSize(2)
        .allSatisfy(seconds -> assertThat(seconds).isBetween(before - 1, after + 1));
  }

  private static void talk(ScriptedConsole first, ScriptedConsole second)
      throws InterruptedException {
    first.await("LISTENING", LIMIT); // what comes before a port is open is thrown away
    second.type("over here\n");
    second.await("GOT <over here>", LIMIT);
    second.type("so it has come\n"); // what has not been sent at the end is lost
  }
}
