package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.testkit.LinuxGuest;
import atoll.testkit.Qemu;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The stock Linux guest's initial RAM disk on a machine with other devices than Atoll's. */
@Tag("slow")
class StockLinuxElsewhereTest {
  /** A network card, a balloon and a virtio console, none of which leads anywhere. */
  private static final String[] DEVICES = {
    "-netdev", "hubport,id=n,hubid=0",
    "-device", "virtio-net-device,netdev=n",
    "-device", "virtio-balloon-device",
    "-device", "virtio-serial-device",
    "-chardev", "null,id=c",
    "-device", "virtconsole,chardev=c"
  };

  private LinuxGuest linux;

  @BeforeEach
  void findAll() {
    assumeTrue(Qemu.version().isPresent(), "qemu-system-riscv64 is not installed");
    var found = LinuxGuest.find();
    assumeTrue(found.isPresent(), "there is no Debian kernel in the cache, nor network");
    linux = found.get();
  }

  @Test
  void itsDriversAreInsertedInOrderAndItsShellIsWhereTheCommandLineSays()
      throws IOException, InterruptedException {
    List<String> command = Qemu.command(512, DEVICES);
    command.addAll(List.of("-kernel", linux.kernel().toString()));
    command.addAll(List.of("-initrd", linux.initramfs().toString()));
    command.addAll(List.of("-append", "console=ttyS0 TERM=dumb"));
    Process qemu = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String boot = until(qemu.getInputStream(), "~# ");
      assertThat(boot).doesNotContain("Unknown symbol", "Invalid ELF", "Kernel panic");
      qemu.getOutputStream().write("tty; lsmod; poweroff\n".getBytes(StandardCharsets.US_ASCII));
      qemu.getOutputStream().flush();
      String rest = until(qemu.getInputStream(), "Power down");
      assertThat(rest).contains("/dev/ttyS0", "virtio_net", "net_failover", "virtio_balloon");
      assertThat(qemu.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      qemu.destroyForcibly();
    }
  }

  private static String until(InputStream in, String text) throws IOException {
    StringBuilder all = new StringBuilder();
    for (int next = in.read(); next >= 0; next = in.read()) {
      all.append((char) next);
      if (next == text.charAt(text.length() - 1) && all.toString().endsWith(text)) {
        return all.toString();
      }
    }
    throw new AssertionError("'%s' was not printed:%n%s".formatted(text, all));
  }
}
