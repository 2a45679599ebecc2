package atoll.testkit;

import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.kernel.Microkernel;
import atoll.vmm.Boot;
import atoll.vmm.Image;
import atoll.vmm.Outcome;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import atoll.vmm.VmStatistics;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** A virtual machine on a board of its own, with a console that a test can script. */
public final class TestVm implements AutoCloseable {
  private static final long MIB = 1 << 20;

  private final Microkernel board;
  private final VirtualMachine vm;
  private final ScriptedConsole console = new ScriptedConsole();

  private TestVm(VmConfig.Builder config, int cpus) {
    SplittableRandom random = new SplittableRandom(42);
    board = Microkernel.dedicated(Clock.host(), cpus);
    vm =
        VirtualMachine.create(
            config
                .cpus(cpus)
                .console(console)
                .entropy(bytes -> {
                  synchronized (random) {
                    random.nextBytes(bytes);
                  }
                })
                .build(),
            board);
    vm.start();
  }

  /** Starts a guest of {@code guests/} in machine mode. */
  public static TestVm guest(Engine engine, String name, int cpus, String arguments) {
    return guest(engine, name, cpus, arguments, UnaryOperator.identity());
  }

  /** The same with more in the configuration, such as disks. */
  public static TestVm guest(
      Engine engine,
      String name,
      int cpus,
      String arguments,
      UnaryOperator<VmConfig.Builder> more) {
    Boot boot =
        new Boot.FirmwareBoot(
            Image.file(GuestProgram.elf(name)),
            Optional.empty(),
            Optional.empty(),
            arguments,
            Optional.empty());
    return start(engine, boot, cpus, 64, more);
  }

  /** Starts any machine. */
  public static TestVm start(
      Engine engine, Boot boot, int cpus, int memoryMib, UnaryOperator<VmConfig.Builder> more) {
    return new TestVm(more.apply(VmConfig.builder(engine, boot).memory(memoryMib * MIB)), cpus);
  }

  public ScriptedConsole console() {
    return console;
  }

  public VmStatistics statistics() {
    return vm.statistics();
  }

  /**
   * How the machine ended.
   *
   * @throws AssertionError with the last output if it still runs after {@code limit}
   */
  public Outcome end(Duration limit) throws InterruptedException {
    Optional<Outcome> outcome = vm.awaitEnd(limit);
    if (outcome.isEmpty()) {
      vm.pause();
      String all = console.text();
      throw new AssertionError(
          "still running after %s: %s%nlast output:%n%s"
              .formatted(limit, vm.registers(), all.substring(Math.max(0, all.length() - 3000))));
    }
    return outcome.get();
  }

  @Override
  public void close() {
    vm.close();
    board.close();
  }
}
