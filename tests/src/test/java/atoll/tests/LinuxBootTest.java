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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A stock Debian kernel boots to user space, works there, and switches the machine off. */
@Tag("slow")
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#shipped")
class LinuxBootTest {
  private static final int MEMORY_MIB = 256;

  /** Debian's opensbi package. */
  private static final Path OPENSBI = Path.of("/usr/lib/riscv64-linux-gnu/opensbi/generic");

  @Parameter Engine engine;
  private LinuxGuest linux;

  @BeforeEach
  void findTheKernel() {
    var found = LinuxGuest.find();
    assumeTrue(found.isPresent(), "there is no Debian kernel in the cache, nor network");
    linux = found.get();
  }

  private String run(Boot boot, int cpus) throws InterruptedException {
    return run(boot, cpus, UnaryOperator.identity());
  }

  private String run(Boot boot, int cpus, UnaryOperator<VmConfig.Builder> more)
      throws InterruptedException {
    try (TestVm vm = TestVm.start(engine, boot, cpus, MEMORY_MIB, more)) {
      vm.console().await(LinuxGuest.BOOTED, LIMIT);
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      String text = vm.console().text();
      assertThat(text).doesNotContain("Kernel panic", "Oops", "BUG:", "WARNING:", "rcu: INFO");
      return text;
    }
  }

  @Test
  void itBootsOnOneHart() throws IOException, InterruptedException {
    String text = run(linux.boot("uname -m; nproc; grep isa /proc/cpuinfo; date +%Y"), 1);
    assertThat(text).contains("riscv64\r\n1\r\n").contains("_zba_zbb");
    assertThat(text).containsPattern("\n20\\d\\d\r");
  }

  @Test
  void itBootsOnFourHartsAndAllOfThemWork() throws IOException, InterruptedException {
    String each =
        "for c in 0 1 2 3; do taskset -c $c sh -c 'i=0; while [ $i -lt 500 ]; do i=$((i+1));"
            + " done; echo hart '$c' done' & done; wait; nproc";
    String text = run(linux.boot(each), 4);
    assertThat(text).contains("hart 0 done", "hart 1 done", "hart 2 done", "hart 3 done");
    assertThat(text).contains("\n4\r");
  }

  /** The shell has run on hart 1, so that the kernel fences its memory there, too. */
  @Test
  void itTakesHartsAwayAndGivesThemBack() throws IOException, InterruptedException {
    String commands =
        """
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
    String text = run(linux.boot(commands), 4);
    assertThat(text).containsPattern("(?s)left 0,2\\b.*again 0-3.*left 0,2\\b.*again 0-3");
    assertThat(text).contains("hart 3 works", "refused 0");
  }

  @Test
  void itUsesThePagingThatItIsOffered() throws IOException, InterruptedException {
    String text =
        run(linux.boot("grep mmu /proc/cpuinfo"), 1, config -> config.paging(Paging.SV39));
    assertThat(text).containsPattern("mmu\\s*: sv39");
  }

  @Test
  void itBootsBehindOpenSbi() throws IOException, InterruptedException {
    Path firmware = OPENSBI.resolve("fw_dynamic.elf");
    assumeTrue(Files.exists(firmware), "opensbi is not installed");
    String text = run(linux.boot(firmware, "nproc"), 2);
    assertThat(text).contains("OpenSBI v").contains("\n2\r");
  }

  @Test
  void itBootsBehindOpenSbiThatJumpsToAFixedAddress() throws IOException, InterruptedException {
    Path firmware = OPENSBI.resolve("fw_jump.elf");
    assumeTrue(Files.exists(firmware), "opensbi is not installed");
    assertThat(run(linux.boot(firmware, "nproc"), 1)).contains("OpenSBI v").contains("\n1\r");
  }

  @Test
  void itsFloatingPointAndMemoryAreSound() throws IOException, InterruptedException {
    String commands =
        """
        dd if=/dev/urandom of=/tmp/a bs=64k count=32 2>/dev/null
        for i in 1 2 3 4; do gzip -c /tmp/a | gunzip | cmp - /tmp/a && echo same $i; done
        awk 'BEGIN { s = 0; for (i = 1; i < 20000; i++) s += 1 / (i * i); printf "%.9f\\n", s }'
        """;
    String text = run(linux.boot(commands), 1);
    assertThat(text).contains("same 1", "same 2", "same 3", "same 4", "1.644884066");
  }
}
