package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.testkit.Gdb;
import atoll.testkit.GuestProgram;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Debian's gdb in Debian's kernel, and in a process of it. What depends on the engine is in {@link
 * StopPointTest} and {@link GdbTest}: the interpreter would boot for half a minute here.
 */
@Tag("slow")
class LinuxGdbTest {
  private static final Pattern SYMBOL = Pattern.compile("([0-9a-f]{16}) T vfs_open");
  private static final int ENTRY = 24; // of an ELF file's header

  @TempDir private Path folder;

  @Test
  void theKernelAndAProcessAreDebugged() throws Exception {
    assumeTrue(Gdb.installed(), "gdb-multiarch is not installed");
    LinuxGuest guest = LinuxGuest.find().orElse(null);
    assumeTrue(guest != null, "no Linux guest, and no mirror to fetch it from");
    Path program = GuestProgram.elf("posix");
    Files.write(
        folder.resolve("initrd"),
        guest.archive(
            "grep ' T vfs_open$' /proc/kallsyms; echo READY; read go; cat /proc/version; /probe > /dev/null; echo DONE; read go",
            Map.of("probe", program)));
    try (TestSystem system =
            TestSystem.start(
                folder,
                """
                machine: {cpus: 2, memory: 256M}
                vms:
                  linux: {kernel: KERNEL, initrd: initrd, append: console=ttyS0, memory: 256M, vcpus: 2, affinity: [0, 1]}
                gdb: ./gdb.sock
                """
                    .replace("KERNEL", guest.kernel().toString()));
        Gdb gdb = new Gdb()) {
      Matcher symbol = SYMBOL.matcher(system.console("linux").await("READY", LIMIT));
      assertThat(symbol.find()).isTrue();
      assertThat(gdb.run("target extended-remote " + folder.resolve("gdb.sock")))
          .doesNotContain("rror");
      assertThat(gdb.run("info threads")).contains("linux hart 0", "linux hart 1");
      inTheKernel(gdb, system, symbol.group(1));
      inTheProcess(gdb, entry(program));
      gdb.run("delete");
      gdb.begin("continue");
      system.console("linux").await("DONE", LIMIT);
    }
  }

  private static void inTheKernel(Gdb gdb, TestSystem system, String address) {
    gdb.run("break *0x" + address);
    gdb.begin("continue");
    system.console("linux").type("go\n");
    assertThat(gdb.finish()).contains("Breakpoint 1");
    assertThat(gdb.run("p/x $pc")).endsWith("0x" + address);
    assertThat(gdb.run("p $priv")).endsWith("= 1");
    assertThat(gdb.run("monitor translate pc")).contains("level", "is guest-physical 0x");
    assertThat(gdb.run("monitor pagetable")).contains("KiB", "at ");
    assertThat(gdb.run("stepi 20")).doesNotContain("rror");
    gdb.run("delete");
  }

  private static void inTheProcess(Gdb gdb, long entry) {
    gdb.run("hbreak *%d".formatted(entry));
    assertThat(gdb.run("continue")).contains("Breakpoint");
    assertThat(gdb.run("p $priv")).endsWith("= 0");
    assertThat(gdb.run("p $pc == %d".formatted(entry))).endsWith("= 1");
    assertThat(gdb.run("p *(long*)$sp")).endsWith("= 1"); // argc
    gdb.run("watch *(long*)($sp-16)");
    assertThat(gdb.run("stepi 3")).doesNotContain("rror");
  }

  private static long entry(Path elf) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(elf)).order(ByteOrder.LITTLE_ENDIAN).getLong(ENTRY);
  }
}
