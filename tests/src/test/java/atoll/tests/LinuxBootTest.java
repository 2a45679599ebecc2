package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.engine.Engine;
import atoll.engine.Paging;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import atoll.vmm.Boot;
import atoll.vmm.Outcome;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A stock Debian kernel boots to user space, works there, and switches the machine off. */
@Tag("slow")
class LinuxBootTest {
  private static final int MEMORY_MIB = 256;

  /** Debian's opensbi package. */
  private static final Path OPENSBI = Path.of("/usr/lib/riscv64-linux-gnu/opensbi/generic");

  private LinuxGuest linux;

  @BeforeEach
  void findTheKernel() {
    var found = LinuxGuest.find();
    assumeTrue(found.isPresent(), "there is no Debian kernel in the cache, nor network");
    linux = found.get();
  }

  private String run(Engine engine, Boot boot, int cpus) throws InterruptedException {
    return run(engine, boot, cpus, UnaryOperator.identity());
  }

  private String run(Engine engine, Boot boot, int cpus, UnaryOperator<VmConfig.Builder> more)
      throws InterruptedException {
    try (TestVm vm = TestVm.start(engine, boot, cpus, MEMORY_MIB, more)) {
      vm.console().await(LinuxGuest.BOOTED, LIMIT);
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      String text = vm.console().text();
      assertThat(text).doesNotContain("Kernel panic", "Oops", "BUG:", "WARNING:", "rcu: INFO");
      return text;
    }
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void itBootsOnOneHartAndItsFloatingPointAndMemoryAreSound(Engine engine)
      throws IOException, InterruptedException {
    String commands =
        """
        uname -m; nproc; grep isa /proc/cpuinfo; date +%Y
        dd if=/dev/urandom of=/tmp/a bs=64k count=8 2>/dev/null
        for i in 1 2; do gzip -c /tmp/a | gunzip | cmp - /tmp/a && echo same $i; done
        awk 'BEGIN { s = 0; for (i = 1; i < 5000; i++) s += 1 / (i * i); printf "%.9f\\n", s }'
        """;
    String text = run(engine, linux.boot(commands), 1);
    assertThat(text).contains("riscv64\r\n1\r\n").contains("_zba_zbb");
    assertThat(text).containsPattern("\n20\\d\\d\r");
    assertThat(text).contains("same 1", "same 2", "1.644734047");
  }

  /**
   * Its shell has run on hart 1 when that goes, so that the kernel fences its memory there, too.
   */
  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void itsFourHartsUseThePagingThatTheyAreOfferedAndGoAndComeBack(Engine engine)
      throws IOException, InterruptedException {
    String commands =
        """
        for c in 0 1 2 3; do
          taskset -c $c sh -c 'i=0; while [ $i -lt 500 ]; do i=$((i+1)); done; echo hart '$c' done' &
        done
        wait; nproc; grep mmu /proc/cpuinfo
        cd /sys/devices/system/cpu
        taskset -p 2 $$ >/dev/null; ls >/dev/null; taskset -p 1 $$ >/dev/null
        for round in 1 2; do
          echo 0 >cpu1/online; echo 0 >cpu3/online
          echo left $(cat online)
          i=0; while [ $i -lt 20 ]; do i=$((i+1)); ls >/dev/null; done
          echo 1 >cpu1/online; echo 1 >cpu3/online
          echo again $(cat online)
          taskset -c 3 echo hart 3 works
        done
        echo refused $(dmesg | grep -c hbase)
        """;
    String text = run(engine, linux.boot(commands), 4, config -> config.paging(Paging.SV39));
    assertThat(text).contains("hart 0 done", "hart 1 done", "hart 2 done", "hart 3 done");
    assertThat(text).contains("\n4\r").containsPattern("mmu\\s*: sv39");
    assertThat(text).containsPattern("(?s)left 0,2\\b.*again 0-3.*left 0,2\\b.*again 0-3");
    assertThat(text).contains("hart 3 works", "refused 0");
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#shipped")
  void itBootsBehindOpenSbi(Engine engine) throws IOException, InterruptedException {
    Path firmware = OPENSBI.resolve("fw_dynamic.elf");
    assumeTrue(Files.exists(firmware), "opensbi is not installed");
    String text = run(engine, linux.boot(firmware, "nproc"), 2);
    assertThat(text).contains("OpenSBI v").contains("\n2\r");
  }

  @ParameterizedTest
  @MethodSource("atoll.testkit.Engines#usual")
  void itBootsBehindOpenSbiThatJumpsToAFixedAddress(Engine engine)
      throws IOException, InterruptedException {
    Path firmware = OPENSBI.resolve("fw_jump.elf");
    assumeTrue(Files.exists(firmware), "opensbi is not installed");
    assertThat(run(engine, linux.boot(firmware, "nproc"), 1)).contains("OpenSBI v", "\n1\r");
  }
}
