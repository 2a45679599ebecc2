package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.kernel.DedicatedPolicy;
import atoll.scenario.ShareSpec;
import atoll.scenario.VmDescription;
import atoll.share.SharedFolder;
import atoll.testkit.Engines;
import atoll.testkit.GuestProgram;
import atoll.testkit.LinuxGuest;
import atoll.testkit.ManagedMachine;
import atoll.testkit.MovingSystem;
import atoll.testkit.ScriptedConsole;
import atoll.vmm.Boot;
import atoll.vmm.Outcome;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Debian's kernel with folders of the host: what programs do with files works as they expect. */
@Tag("slow")
@EnabledOnOs(OS.LINUX)
class SharedFolderGuestTest {
  private static final String PROMPT = "~# ";
  private static final String VM = "vm";
  private static final long MEMORY = 256L << 20;
  private static final int HANDOVERS = 12;

  /** In one folder: more than one answer of its listing holds. */
  private static final int FILES = 4_000;

  @TempDir Path temporary;
  private Path work;
  private Path fixed;

  @BeforeEach
  void makeFolders() throws IOException {
    assumeTrue(
        LinuxGuest.find().isPresent(), "there is no Debian kernel in the cache, nor network");
    work = Files.createDirectory(temporary.resolve("work"));
    fixed = Files.createDirectory(temporary.resolve("fixed"));
    Files.createDirectory(fixed.resolve("folder"));
    Files.writeString(fixed.resolve("file"), "kept");
    Files.createSymbolicLink(fixed.resolve("link"), Path.of("file"));
  }

  private VmDescription machine() throws IOException {
    Path posix = temporary.resolve("posix");
    Files.copy(GuestProgram.elf("posix"), posix);
    assertThat(posix.toFile().setExecutable(true)).isTrue();
    return ManagedMachine.vm(ManagedMachine.linux("", Optional.empty()), "auto", 1, List.of())
        .files(Map.of("/root/posix", posix))
        .shares(
            List.of(
                new ShareSpec(work, "work", false, Optional.empty()),
                new ShareSpec(fixed, "fixed", true, Optional.of("/srv/fixed"))))
        .build();
  }

  @Test
  void programsFindFilesAsPosixHasThem() throws Exception {
    Files.writeString(work.resolve("from-host"), "from the host\n");
    try (ManagedMachine machine = ManagedMachine.start(machine())) {
      ScriptedConsole console = machine.serial();
      console.await(PROMPT, LIMIT);
      console.type("cat /mnt/work/from-host; echo from the guest >/mnt/work/from-guest\n");
      console.type("/root/posix /mnt/work %d || exit 1\n".formatted(FILES));
      console.type("grep -c ' /srv/fixed 9p ro' /proc/mounts; umount /srv/fixed\n");
      // The guest's own kernel refuses nothing here: the folder does.
      console.type("mount -t 9p -o trans=virtio,version=9p2000.L fixed /srv/fixed\n");
      console.type("/root/posix /srv/fixed refused || exit 2\nexit\n");
      assertThat(machine.end(LIMIT)).as(console.text()).isEqualTo(new Outcome.Poweroff(0));
      assertThat(console.text()).contains("from the host", "POSIX", "REFUSED");
    }
    assertThat(work.resolve("from-guest")).hasContent("from the guest\n");
    try (var left = Files.list(work)) {
      assertThat(left.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("from-host", "from-guest");
    }
    assertThat(fixed.resolve("file")).hasContent("kept");
  }

  /** Checks a folder again and again, until there is a file that tells it to stop. */
  private static Boot checking() throws IOException {
    String load =
        """
        for m in virtio_mmio 9pnet_virtio 9p; do modprobe $m; done
        mkdir -p /mnt
        mount -t 9p -o trans=virtio,version=9p2000.L,cache=mmap work /mnt
        mkdir /mnt/checked
        echo CHECKING
        until [ -e /mnt/stop ]; do posix /mnt/checked 50 || echo FAIL; done
        rmdir /mnt/checked && echo ALL IS WELL
        """;
    return LinuxGuest.find()
        .orElseThrow()
        .boot(load, Map.of("bin/posix", GuestProgram.elf("posix")));
  }

  @Test
  void aGuestThatUsesAFolderGoesOnInANewSystem() throws Exception {
    SplittableRandom random = new SplittableRandom(69);
    Boot boot = checking();
    try (SharedFolder share = SharedFolder.open(work, "work", false, text -> {});
        MovingSystem system =
            new MovingSystem(1, DedicatedPolicy::new, Engines.shipped())
                .with(
                    VM,
                    engine ->
                        VmConfig.builder(engine, boot).memory(MEMORY).shares(List.of(share)))) {
      system.start().console(VM).await("CHECKING", LIMIT);
      while (system.handovers() < HANDOVERS) {
        TimeUnit.MICROSECONDS.sleep(1 + random.nextLong(20_000)); // Any instant will do.
        assertThat(system.handOver()).isTrue();
      }
      Files.writeString(work.resolve("stop"), "");
      system.console(VM).await("ALL IS WELL", LIMIT);
      assertThat(system.console(VM).text()).contains("POSIX").doesNotContain("FAIL", "posix:");
    }
    try (var left = Files.list(work)) {
      assertThat(left).containsExactly(work.resolve("stop"));
    }
  }
}
