package example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import atoll.api.Atoll;
import atoll.api.AtollSystem;
import atoll.api.CommandResult;
import atoll.api.Vm;
import atoll.junit.AtollExtension;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests on a Linux that all of them share, booted once. At its first use Debian's kernel is fetched. */
@Tag("linux")
class LinuxTest {
  @RegisterExtension
  static final AtollExtension ATOLL =
      AtollExtension.shared(() -> Atoll.linux().memory("256M").progress(System.err::println));

  @Test
  void itIsLinux(Vm vm) {
    assertEquals("Linux riscv64", vm.run("uname -sm").output());
  }

  @Test
  void aCommandHasOutputErrorsAndACode(Vm vm) {
    CommandResult result = vm.run("echo out; echo err >&2; exit 3");
    assertEquals("out", result.output());
    assertEquals("err", result.error());
    assertEquals(3, result.exitCode());
  }

  @Test
  void filesGoThereAndBack(Vm vm) {
    byte[] bytes = {1, 2, 3, 0, -1};
    vm.writeFile("/tmp/bytes", bytes);
    assertEquals("5", vm.run("wc -c </tmp/bytes").orThrow().output());
  }

  @Test
  void guestTimeGoesBy(AtollSystem system) {
    Duration before = system.time();
    system.runFor(Duration.ofMillis(20));
    assertEquals(true, system.time().minus(before).toMillis() >= 20);
  }
}
