package atoll.tests;

import atoll.device.DmaGrant;
import atoll.device.PeripheralCode;
import atoll.device.spi.BlockBackend;
import atoll.engine.Engine;
import atoll.engine.MmuKind;
import atoll.kernel.DedicatedPolicy;
import atoll.kernel.MachineMemory;
import atoll.kernel.PriorityPolicy;
import atoll.kernel.SchedulingContext.Reservation;
import atoll.peripheral.PeripheralFactory;
import atoll.testkit.GuestProgram;
import atoll.testkit.LinuxGuest;
import atoll.testkit.MovingSystem;
import atoll.testkit.TestVm;
import atoll.vmm.BoardOptions;
import atoll.vmm.BoardPeripheral;
import atoll.vmm.Boot;
import atoll.vmm.Image;
import atoll.vmm.Outcome;
import atoll.vmm.OwnDevice;
import atoll.vmm.Placement;
import atoll.vmm.VmConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A guest that can tell whether it has been disturbed, while its system is handed over to new ones
 * at instants that a seed chooses.
 *
 * @param name for people and for the command line
 * @param starts makes the system
 * @param busy what its machine prints when it begins what it is for; a part of the handovers comes
 *     before that
 * @param finds what is wrong with what the guest has printed, once it has ended
 */
record HandoverGuest(String name, Starter starts, Optional<String> busy, Verdict finds) {
  /** The only machine of most systems. */
  static final String VM = "vm";

  private static final int MEMORY_MIB = 128;
  private static final int LINUX_MIB = 256;
  private static final int NESTED_MIB = 768;
  private static final long CHANNEL = 8192;
  private static final String CLUSTER = "cluster";

  /** The longest time between two handovers, in microseconds: most are much sooner. */
  private static final long MOST_MICROS = 20_000;

  /** Makes the system, which runs then. */
  @FunctionalInterface
  interface Starter {
    MovingSystem start(List<Engine> engines) throws Exception;
  }

  /** Looks at what the guest has printed. */
  @FunctionalInterface
  interface Verdict {
    /** What is wrong; empty if nothing is. */
    Optional<String> of(MovingSystem system);
  }

  /** Of {@code most} handovers, one in so many is made before a guest is {@link #busy}. */
  private static final int EARLY = 4;

  private static final String BUSY = "BUSY FROM HERE ON";

  /** For a shell: its load goes on until a line is typed, and is told from its start. */
  private static final String UNTIL_ENOUGH =
      """
      exec 3<&0
      (read line <&3; touch /tmp/enough) &
      echo %s
      """
          .formatted(BUSY);

  /** A hart begins with cold code after each handover; on a busy host Linux takes it for stuck. */
  private static final String NO_JUDGES_OF_SPEED = "nosoftlockup rcupdate.rcu_cpu_stall_suppress=1";

  private static final String SHOWN = " km/h, ";
  private static final Pattern LOOPS = Pattern.compile(" km/h, [^;]*; (\\d+) loops");

  /** Those of this repository. */
  static final List<HandoverGuest> SMALL =
      List.of(
          supervisor("rtostest", 1, "", MmuKind.FOLDED, "verdict: PASS"),
          supervisor("latency", 1, "period=200 loops=2000", MmuKind.FOLDED, "2000 wake-ups"),
          machine("litmus", 2, "rounds=3000", "verdict: PASS"),
          supervisor("hostile", 1, "rounds=1 seed=53", MmuKind.FOLDED, "verdict: CONTAINED"),
          supervisor("direct", 1, "workload=fork rounds=100", MmuKind.DIRECT, "mmu: done"),
          mmu(MmuKind.FOLDED),
          mmu(MmuKind.NESTED),
          mmu(MmuKind.SHADOW),
          mmu(MmuKind.VTLB));

  private static HandoverGuest mmu(MmuKind kind) {
    Boot boot = TestVm.firmware("mmu", "workload=fork rounds=100");
    return of("mmu-" + kind.id(), boot, 1, kind, "mmu: done");
  }

  private static HandoverGuest supervisor(
      String program, int cpus, String arguments, MmuKind mmu, String good) {
    return of(program, TestVm.supervisor(program, arguments), cpus, mmu, good);
  }

  private static HandoverGuest machine(String program, int cpus, String arguments, String good) {
    return of(program, TestVm.firmware(program, arguments), cpus, MmuKind.FOLDED, good);
  }

  private static HandoverGuest of(String name, Boot boot, int cpus, MmuKind mmu, String good) {
    Starter starter =
        engines ->
            new MovingSystem(cpus, DedicatedPolicy::new, engines)
                .with(
                    VM,
                    engine ->
                        VmConfig.builder(engine, boot)
                            .memory((long) MEMORY_MIB << 20)
                            .cpus(cpus)
                            .mmu(mmu))
                .start();
    return new HandoverGuest(name, starter, Optional.empty(), system -> wrong(system, VM, good));
  }

  /**
   * A stock Debian kernel on two harts under load: its disk is written and read, its processes come
   * and go, and both are compared.
   *
   * @param disk a file of 16 MiB or more
   */
  static HandoverGuest debian(LinuxGuest linux, BlockBackend disk, BoardOptions options)
      throws IOException {
    String load =
        """
        for m in virtio_mmio virtio_blk virtio_rng; do insmod /lib/modules/*/$m.ko; done
        dd if=/dev/urandom of=/tmp/r bs=64k count=64 2>/dev/null
        gzip -c /tmp/r > /tmp/r.gz
        """
            + UNTIL_ENOUGH
            + """
            while [ ! -e /tmp/enough ]; do
              dd if=/tmp/r of=/dev/vda bs=16k conv=fsync 2>/dev/null
              gunzip -c /tmp/r.gz | cmp - /tmp/r || echo FAIL in memory
              echo 3 > /proc/sys/vm/drop_caches
              dd if=/dev/vda bs=32k count=128 2>/dev/null | cmp - /tmp/r || echo FAIL on disk
              head -c 4096 /dev/hwrng | wc -c | grep -q 4096 || echo FAIL of entropy
            done
            dmesg | grep -E 'rcu: INFO|BUG:|WARNING:|hung' && echo FAIL in the kernel
            echo ALL IS WELL
            """;
    Boot boot = boot(linux, load, Map.of());
    Starter starter =
        engines ->
            new MovingSystem(2, DedicatedPolicy::new, engines)
                .with(
                    VM,
                    engine ->
                        VmConfig.builder(engine, boot)
                            .memory((long) LINUX_MIB << 20)
                            .memoryPolicy(MachineMemory.Policy.PAGED)
                            .disks(List.of(disk))
                            .options(options)
                            .cpus(2))
                .start();
    return new HandoverGuest(
        "debian", starter, Optional.of(BUSY), system -> wrong(system, VM, "ALL IS WELL"));
  }

  /**
   * The cockpit: a real-time cluster beside a stock Debian kernel that waits for its doorbell and
   * reads what it publishes, on one physical CPU by priority.
   */
  static HandoverGuest cockpit(LinuxGuest linux) throws IOException {
    Map<String, Path> tool = Map.of("bin/atoll-channel", GuestProgram.elf("atoll-channel"));
    String reading =
        """
        atoll-channel show vehicle 1000000 & reader=$!
        while [ ! -e /tmp/enough ]; do usleep 100000; done
        kill $reader && echo ALL IS WELL
        """;
    Boot open = boot(linux, UNTIL_ENOUGH + reading, tool);
    Boot cluster = TestVm.supervisor(CLUSTER, "watchdog=6");
    Starter starter =
        engines ->
            new MovingSystem(1, PriorityPolicy::new, engines)
                .with(CLUSTER, engine -> member(engine, cluster, MEMORY_MIB, 200))
                .with(VM, engine -> member(engine, open, LINUX_MIB, 100))
                .linked(new MovingSystem.Link("vehicle", CHANNEL, CLUSTER, VM, false))
                .start();
    return new HandoverGuest("cockpit", starter, Optional.of(SHOWN), HandoverGuest::wrongInCockpit);
  }

  /**
   * A driver on bare metal of a device of a user's own, which measures, interrupts and writes to
   * memory by itself.
   *
   * @param made makes {@code examples/devices}' thermometer
   */
  static HandoverGuest thermometer(PeripheralFactory made) {
    OwnDevice device =
        new OwnDevice(
            "thermometer",
            OptionalLong.empty(),
            OwnDevice.USUAL_SIZE,
            OptionalInt.empty(),
            1,
            List.of("example,thermometer"),
            Map.of());
    PeripheralCode code =
        new PeripheralCode(
            "class example.Thermometer",
            made,
            Map.of("first", "0", "step", "1"),
            DmaGrant.RAM,
            Optional.empty(),
            PeripheralCode.USUAL_PATIENCE);
    Starter starter =
        engines ->
            new MovingSystem(1, DedicatedPolicy::new, engines)
                .with(
                    VM,
                    engine ->
                        VmConfig.builder(engine, TestVm.firmware("thermometer", "samples=300"))
                            .memory((long) MEMORY_MIB << 20)
                            .devices(List.of(new BoardPeripheral(device, code))))
                .start();
    return new HandoverGuest(
        "thermometer", starter, Optional.empty(), HandoverGuest::wrongWithThermometer);
  }

  /**
   * Measurements are numbered, and the last sixteen are in memory, each where it belongs. The guest
   * shows one twice if it comes between its being told of the last and its reading that.
   */
  private static Optional<String> wrongWithThermometer(MovingSystem system) {
    String text = system.console(VM).text();
    List<Integer> samples = numbers(text, "sample \\d+: (\\d+\\.\\d{3}) degrees");
    boolean later =
        IntStream.range(1, samples.size()).allMatch(i -> samples.get(i - 1) <= samples.get(i));
    List<Integer> ring = numbers(text.replaceFirst("(?s).*in memory:(.*?)\\R.*", "$1"), "(\\d+)");
    int last = ring.isEmpty() ? -1 : Collections.max(ring);
    boolean placed =
        IntStream.range(0, ring.size())
            .allMatch(i -> ring.get(i) % ring.size() == i && ring.get(i) > last - ring.size());
    boolean counted = text.contains("%d samples, 1 refused".formatted(last + 2));
    return later && samples.size() == 300 && ring.size() == 16 && placed && counted
        ? wrong(system, VM, "refused")
        : Optional.of("printed:\n" + text);
  }

  private static List<Integer> numbers(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(found -> Integer.parseInt(found.group(1).replace(".", "")))
        .toList();
  }

  private static Boot boot(LinuxGuest linux, String commands, Map<String, Path> programs)
      throws IOException {
    return new Boot.KernelBoot(
        Image.file(linux.kernel()),
        Optional.of(linux.initrd(commands, programs)),
        "console=ttyS0 " + NO_JUDGES_OF_SPEED,
        Optional.empty());
  }

  private static VmConfig.Builder member(Engine engine, Boot boot, int mib, int priority) {
    return VmConfig.builder(engine, boot)
        .memory((long) mib << 20)
        .placements(List.of(new Placement(0, Reservation.priority(priority))));
  }

  /** The one reader has stayed, and each line that it shows is later than the one before. */
  private static Optional<String> wrongInCockpit(MovingSystem system) {
    String cluster = system.console(CLUSTER).text();
    List<Long> loops =
        LOOPS
            .matcher(system.console(VM).text())
            .results()
            .map(line -> Long.parseLong(line.group(1)))
            .toList();
    boolean later = IntStream.range(1, loops.size()).allMatch(i -> loops.get(i - 1) < loops.get(i));
    if (loops.isEmpty() || !later || cluster.split("a reader has come", -1).length != 2) {
      return Optional.of("shows loops %s, and the cluster says:%n%s".formatted(loops, cluster));
    }
    return wrong(system, CLUSTER, "a reader has come").or(() -> wrong(system, VM, "ALL IS WELL"));
  }

  /**
   * Linux's own KVM with a guest of its own in it.
   *
   * @param disk what {@code examples/nested/image} makes
   */
  static HandoverGuest nested(LinuxGuest linux, BlockBackend disk) throws IOException {
    String nest =
        """
        for m in virtio_mmio virtio_blk; do insmod /lib/modules/*/$m.ko; done
        modprobe crc32c_generic
        modprobe ext4
        mkdir -p /mnt
        mount -t ext4 -o ro /dev/vda /mnt
        sh /mnt/nested/start
        """;
    Boot boot = boot(linux, nest, Map.of());
    Starter starter =
        engines ->
            new MovingSystem(1, DedicatedPolicy::new, engines)
                .with(
                    VM,
                    engine ->
                        VmConfig.builder(engine, boot)
                            .memory((long) NESTED_MIB << 20)
                            .disks(List.of(disk)))
                .start();
    return new HandoverGuest(
        "nested",
        starter,
        Optional.of("nested: 1 harts"),
        system -> wrong(system, VM, "nested: QEMU has ended with 0"));
  }

  /** Whether a machine has not printed what it does when all is well, or something else, too. */
  static Optional<String> wrong(MovingSystem system, String vm, String good) {
    String text = system.console(vm).text();
    for (String bad :
        List.of("FAIL", "ESCAPE", "PANIC", "Oops", "BUG:", "rcu: INFO", "Kernel panic")) {
      if (text.contains(bad)) {
        return Optional.of("printed " + bad + ":\n" + text);
      }
    }
    return text.contains(good)
        ? Optional.empty()
        : Optional.of("did not print '%s':%n%s".formatted(good, text));
  }

  /**
   * Runs it once to its end: a part of the handovers at its start, the others while it is busy. A
   * guest that goes on until it is told to end is told after the last.
   *
   * @param limit fails if it takes longer
   * @param most handovers; then it goes on alone
   * @return how many there were
   */
  int run(List<Engine> engines, long seed, int most, Duration limit) throws Exception {
    Run run = new Run(new SplittableRandom(seed), System.nanoTime() + limit.toNanos());
    try (MovingSystem system = starts.start(engines)) {
      if (busy.isPresent()) {
        run.handOver(system, most / EARLY);
        while (!system.ended() && !system.console(VM).text().contains(busy.get())) {
          run.wait(system);
        }
      }
      run.handOver(system, most);
      if (busy.isPresent()) {
        system.console(VM).type("\n");
      }
      while (!system.ended()) {
        run.wait(system);
      }
      requireGood(system);
      return system.handovers();
    }
  }

  /** The instants of one run, and when it has taken too long. */
  private record Run(SplittableRandom random, long end) {
    /** Until there were so many handovers in all, or the guest has ended. */
    void handOver(MovingSystem system, int count) throws InterruptedException {
      while (system.handovers() < count && !system.ended() && system.handOver()) {
        wait(system);
      }
    }

    void wait(MovingSystem system) throws InterruptedException {
      TimeUnit.MICROSECONDS.sleep(1 + random.nextLong(1 + random.nextLong(MOST_MICROS)));
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "still runs after %d handovers: %s%n%s"
                .formatted(
                    system.handovers(),
                    system.vm(VM).values().registers(),
                    system.console(VM).text()));
      }
    }
  }

  private void requireGood(MovingSystem system) throws InterruptedException {
    Optional<String> wrong = finds.of(system);
    Optional<Outcome> outcome = system.outcome(VM);
    if (wrong.isPresent() || !outcome.equals(Optional.of(new Outcome.Poweroff(0)))) {
      throw new AssertionError(
          "%s after %d handovers ended with %s; it %s"
              .formatted(name, system.handovers(), outcome, wrong.orElse("says all is well")));
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
