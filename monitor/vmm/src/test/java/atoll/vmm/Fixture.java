package atoll.vmm;

import atoll.device.spi.ConsoleBackend;
import atoll.engine.Engine;
import atoll.engine.software.Interpreter;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.kernel.Microkernel;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Virtual machines for tests. */
final class Fixture {
  static final long RAM = 0x8000_0000L;
  static final long MIB = 1 << 20;

  /** Ends a test whose machine hangs, before JUnit does; no test decides by it. */
  static final Duration LIMIT = Duration.ofMinutes(15);

  private Fixture() {}

  /** Remembers what a guest prints, and offers it what a test types. */
  static class Console implements ConsoleBackend {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private volatile Receiver receiver;

    @Override
    public synchronized void output(byte[] bytes, int offset, int length) {
      printed.write(bytes, offset, length);
    }

    @Override
    public void attach(Receiver to) {
      receiver = to;
    }

    @Override
    public void ready() {}

    /** Returns how many bytes were taken. */
    int type(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      return receiver.input(bytes, 0, bytes.length);
    }

    synchronized String text() {
      return printed.toString(StandardCharsets.ISO_8859_1);
    }
  }

  static Image image(String name, byte[] bytes) {
    return Image.bytes(name, bytes);
  }

  static Boot.KernelBoot kernel(byte[] kernel) {
    return new Boot.KernelBoot(
        image("kernel", kernel), Optional.empty(), "quiet", Optional.empty());
  }

  static Boot.FirmwareBoot firmware(byte[] firmware) {
    return new Boot.FirmwareBoot(
        image("firmware", firmware), Optional.empty(), Optional.empty(), "", Optional.empty());
  }

  static VmConfig.Builder config(Boot boot) {
    return config(new Interpreter(), boot);
  }

  static VmConfig.Builder config(Engine engine, Boot boot) {
    return VmConfig.builder(engine, boot)
        .memory(64 * MIB)
        .console(new Console())
        .effects(Effects.host(bytes -> Arrays.fill(bytes, (byte) 0x5a)));
  }

  /** Code entered in supervisor mode at 2 MiB. */
  static VmConfig.Builder supervisor(String source) {
    return config(kernel(Elf.of(source, RAM + 2 * MIB)));
  }

  /** Code entered in machine mode at the base of RAM. */
  static VmConfig.Builder machine(String source) {
    return config(firmware(Elf.of(source, RAM)));
  }

  /** Runs a machine to its end. */
  static Run run(VmConfig config) throws InterruptedException {
    return run(config, UnaryOperator.identity());
  }

  /** Runs a machine that a test looks at once it has been started. */
  static Run run(VmConfig config, UnaryOperator<VirtualMachine> look) throws InterruptedException {
    try (Microkernel board = Microkernel.dedicated(Clock.host(), config.cpus());
        VirtualMachine vm = VirtualMachine.create(config, board)) {
      vm.start();
      Outcome outcome =
          look.apply(vm)
              .awaitEnd(LIMIT)
              .orElseThrow(() -> new AssertionError("no end: " + vm.statistics()));
      return new Run(outcome, vm.statistics());
    }
  }

  /** How a machine ended and what it did. */
  record Run(Outcome outcome, VmStatistics statistics) {}
}
