package atoll.testkit;

import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.kernel.DedicatedPolicy;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.vmm.Boot;
import atoll.vmm.Image;
import atoll.vmm.Outcome;
import atoll.vmm.VirtualMachine;
import atoll.vmm.VmConfig;
import atoll.vmm.VmStatistics;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A virtual machine on a board of its own, with a console that a test can script. */
public final class TestVm implements AutoCloseable {
  private static final long MIB = 1 << 20;
  private static final long SEED = 42;

  private final Optional<Microkernel> ownBoard;
  private final VirtualMachine vm;
  private final ScriptedConsole console = new ScriptedConsole();

  private TestVm(
      VmConfig.Builder config, Microkernel board, Effects effects, Optional<Microkernel> ownBoard) {
    this.ownBoard = ownBoard;
    vm = VirtualMachine.create(config.console(console).effects(effects).build(), board);
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
    return start(engine, firmware(name, arguments), cpus, 64, more);
  }

  /** Starts any machine. */
  public static TestVm start(
      Engine engine, Boot boot, int cpus, int memoryMib, UnaryOperator<VmConfig.Builder> more) {
    Microkernel board = Microkernel.dedicated(Clock.host(), cpus);
    VmConfig.Builder config = VmConfig.builder(engine, boot).memory(memoryMib * MIB).cpus(cpus);
    return new TestVm(more.apply(config), board, repeatable(), Optional.of(board));
  }

  /** Starts a machine beside others on {@code board}, which the caller closes afterwards. */
  public static TestVm start(VmConfig.Builder config, Microkernel board) {
    return new TestVm(config, board, repeatable(), Optional.empty());
  }

  private static Effects repeatable() {
    return Effects.host(new SeededEntropy(SEED));
  }

  /** Starts a guest of {@code guests/} in machine mode, on one hart, in time that a test moves. */
  public static TestVm guest(
      Engine engine,
      String name,
      String arguments,
      VirtualTime time,
      UnaryOperator<VmConfig.Builder> more) {
    Microkernel board = board(time, 1);
    VmConfig.Builder config = VmConfig.builder(engine, firmware(name, arguments)).memory(64 * MIB);
    return new TestVm(more.apply(config), board, time.effects(SEED), Optional.of(board));
  }

  /** Starts a machine of one hart in time that moves as that works. */
  public static TestVm start(
      Engine engine,
      Boot boot,
      int memoryMib,
      MovingTime time,
      UnaryOperator<VmConfig.Builder> more) {
    Microkernel board = time.board();
    VmConfig.Builder config = VmConfig.builder(engine, boot).memory(memoryMib * MIB);
    return new TestVm(more.apply(config), board, time.effects(SEED), Optional.of(board));
  }

  /** Starts a machine beside others on a board in time that a test moves. */
  public static TestVm start(VmConfig.Builder config, Microkernel board, VirtualTime time) {
    return new TestVm(config, board, time.effects(SEED), Optional.empty());
  }

  /** A board in time that a test moves; each of its physical CPUs is for one vCPU. */
  public static Microkernel board(VirtualTime time, int pcpus) {
    MachineMemory memory = new MachineMemory(Long.MAX_VALUE);
    return new Microkernel(time, pcpus, DedicatedPolicy::new, memory, time);
  }

  /** How a guest of {@code guests/} is entered in machine mode. */
  public static Boot firmware(String name, String arguments) {
    return new Boot.FirmwareBoot(
        Image.file(GuestProgram.elf(name)),
        Optional.empty(),
        Optional.empty(),
        arguments,
        Optional.empty());
  }

  /** How a guest of {@code guests/} that runs in supervisor mode is entered. */
  public static Boot supervisor(String name, String arguments) {
    return new Boot.KernelBoot(
        Image.file(GuestProgram.elf(name)), Optional.empty(), arguments, Optional.empty());
  }

  public ScriptedConsole console() {
    return console;
  }

  /** The machine itself. */
  public VirtualMachine machine() {
    return vm;
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
              .formatted(
                  limit, vm.values().registers(), all.substring(Math.max(0, all.length() - 3000))));
    }
    return outcome.get();
  }

  @Override
  public void close() {
    vm.close();
    ownBoard.ifPresent(Microkernel::close);
  }
}
