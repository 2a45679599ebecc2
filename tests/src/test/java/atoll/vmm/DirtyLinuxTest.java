package atoll.vmm;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.engine.MmuKind;
import atoll.kernel.MachineMemory;
import atoll.memory.DirtyPages;
import atoll.memory.GuestMemory;
import atoll.testkit.Engines;
import atoll.testkit.LinuxGuest;
import atoll.testkit.TestVm;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A copy of a machine's memory that follows its dirty log is exact while Linux boots and uses its
 * devices: in this package, to reach the memory.
 */
@Tag("slow")
class DirtyLinuxTest {
  private static final long MIB = 1 << 20;
  private static final int MEMORY_MIB = 256;
  private static final int DISK_MIB = 8;

  /** Each step is announced, and goes on when the test has looked. */
  private static final String COMMANDS =
      """
      for m in virtio_mmio virtio_blk virtio_rng virtio_balloon; do modprobe $m; done
      step() { echo STEP $1; read line; }
      step boot
      dd if=/dev/vda of=/tmp/r bs=64k 2>/dev/null; step disk
      head -c 4096 /dev/hwrng > /tmp/e; step entropy
      for i in 1 2; do (for j in $(seq 30); do cat /proc/self/maps > /tmp/m$i; done) & done; wait
      step processes
      """;

  private static final List<String> STEPS = List.of("boot", "disk", "entropy", "processes");

  static Stream<Arguments> machines() {
    return Engines.shipped().stream()
        .flatMap(engine ->
            Stream.of(MmuKind.FOLDED, MmuKind.VTLB, MmuKind.SHADOW, MmuKind.NESTED)
                .filter(mmu -> mmu == MmuKind.FOLDED || !engine.name().equals("interpreter"))
                .map(mmu -> Arguments.of(engine, mmu, mmu == MmuKind.FOLDED ? 2 : 1)));
  }

  @ParameterizedTest
  @MethodSource("machines")
  void aCopyThatFollowsTheLogIsExact(Engine engine, MmuKind mmu, int harts, @TempDir Path folder)
      throws IOException, InterruptedException {
    var linux = LinuxGuest.find();
    assumeTrue(linux.isPresent(), "there is no Debian kernel in the cache, nor network");
    Path file = folder.resolve("disk");
    try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
      content.setLength(DISK_MIB * MIB);
      content.writeLong(0x0123_4567_89ab_cdefL);
    }
    try (RawDisk disk = RawDisk.open(file, false);
        TestVm vm =
            TestVm.start(
                engine,
                linux.get().boot(COMMANDS),
                harts,
                MEMORY_MIB,
                config ->
                    config.mmu(mmu).memoryPolicy(MachineMemory.Policy.PAGED).disks(List.of(disk)));
        Arena arena = Arena.ofShared()) {
      Follower follower = new Follower(vm.machine(), arena);
      for (String step : STEPS) {
        while (!vm.console().text().contains("STEP " + step)) {
          follower.follow();
          assertThat(vm.machine().awaitEnd(Duration.ofMillis(50))).isEmpty();
        }
        if (step.equals("entropy")) {
          vm.machine().devices().balloon().orElseThrow().target(16 * MIB);
        }
        follower.requireExact();
        vm.console().type("\n");
      }
      assertThat(follower.pages).isGreaterThan(5000);
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
    }
  }

  /** Has a copy of the memory. */
  private static final class Follower {
    private final VirtualMachine vm;
    private final GuestMemory memory;
    private final MemorySegment copy;
    private long pages;

    Follower(VirtualMachine vm, Arena arena) {
      this.vm = vm;
      memory = vm.machine().memory();
      memory.log().start();
      copy = arena.allocate(memory.size());
      copy.copyFrom(memory.slice(memory.base(), memory.size()));
    }

    void follow() {
      DirtyPages dirty = memory.log().collect();
      pages += dirty.count();
      dirty.forEach(
          gpa -> copy.asSlice(gpa - memory.base(), 4096).copyFrom(memory.slice(gpa, 4096)));
    }

    void requireExact() throws InterruptedException {
      vm.pause();
      follow();
      assertThat(memory.slice(memory.base(), memory.size()).mismatch(copy)).isEqualTo(-1);
      assertThat(memory.log().collect().count()).isZero();
      vm.resume();
    }
  }
}
