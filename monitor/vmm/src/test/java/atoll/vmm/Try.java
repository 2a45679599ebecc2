package atoll.vmm;

import atoll.device.spi.ConsoleBackend;
import atoll.engine.Hart;
import atoll.engine.software.Interpreter;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.kernel.Microkernel;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs one machine on standard input and output, for experiments. */
final class Try {
  private Try() {}

  public static void main(String[] args) throws Exception {
    Optional<Image> kernel = Optional.empty();
    Optional<Image> firmware = Optional.empty();
    Optional<Image> initrd = Optional.empty();
    Optional<Image> dtb = Optional.empty();
    String append = "";
    int cpus = 1;
    long memory = 512;
    int seconds = 60;
    boolean virtio = false;
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "-kernel" -> kernel = Optional.of(Image.file(Path.of(args[++i])));
        case "-bios" -> firmware = Optional.of(Image.file(Path.of(args[++i])));
        case "-initrd" -> initrd = Optional.of(Image.file(Path.of(args[++i])));
        case "-dtb" -> dtb = Optional.of(Image.file(Path.of(args[++i])));
        case "-append" -> append = args[++i];
        case "-smp" -> cpus = Integer.parseInt(args[++i]);
        case "-m" -> memory = Long.parseLong(args[++i]);
        case "-t" -> seconds = Integer.parseInt(args[++i]);
        case "-hvc" -> virtio = true;
        default -> throw new IllegalArgumentException(args[i]);
      }
    }
    Boot boot =
        firmware.isPresent()
            ? new Boot.FirmwareBoot(firmware.get(), kernel, initrd, append, dtb)
            : new Boot.KernelBoot(kernel.orElseThrow(), initrd, append, dtb);
    Stdio stdio = new Stdio();
    var builder =
        VmConfig.builder(new Interpreter(), boot)
            .cpus(cpus)
            .memory(memory << 20)
            .console(stdio)
            .effects(Effects.host(bytes -> ThreadLocalRandom.current().nextBytes(bytes)));
    if (virtio) {
      builder.virtioConsole(stdio);
    }
    try (Microkernel board = Microkernel.dedicated(Clock.host(), cpus);
        VirtualMachine vm = VirtualMachine.create(builder.build(), board)) {
      long start = System.nanoTime();
      vm.start();
      Outcome outcome = vm.awaitEnd(Duration.ofSeconds(seconds)).orElse(null);
      double elapsed = (System.nanoTime() - start) / 1e9;
      System.err.println("outcome " + outcome + " after " + elapsed);
      if (outcome == null) {
        vm.pause();
        vm.registers().forEach(System.err::println);
        trace(vm, Integer.getInteger("trace", 0));
      }
      System.err.println(vm.statistics());
    }
    System.exit(0);
  }

  /** Shows the next {@code count} instructions of a paused machine. */
  private static void trace(VirtualMachine vm, int count) throws Exception {
    AtomicInteger left = new AtomicInteger(count);
    CountDownLatch done = new CountDownLatch(count);
    for (HartTable.Row row : vm.machine().harts().rows()) {
      row.hart()
          .trace((hart, pc, bits, before, floatBefore) -> {
            if (left.decrementAndGet() >= 0) {
              System.err.println(line(hart, pc, bits, before));
              done.countDown();
            }
          });
    }
    vm.resume();
    done.await();
  }

  private static String line(Hart hart, long pc, int bits, long[] before) {
    StringBuilder text = new StringBuilder("%d %x %08x".formatted(hart.id(), pc, bits));
    for (int i = 1; i < 32; i++) {
      if (before[i] != hart.x(i)) {
        text.append(" x%d=%x".formatted(i, hart.x(i)));
      }
    }
    return text.toString();
  }

  private static final class Stdio implements ConsoleBackend {
    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    private final Object room = new Object();

    @Override
    public void output(byte[] bytes, int offset, int length) {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private Receiver receiver;

    @Override
    public synchronized void attach(Receiver to) {
      boolean first = receiver == null;
      receiver = to;
      if (first) {
        Thread.ofPlatform().daemon().start(this::read);
      }
    }

    private void read() {
      byte[] buffer = new byte[256];
      try (FileInputStream in = new FileInputStream(FileDescriptor.in)) {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          for (int at = 0; at < n; ) {
            int taken = receiver.input(buffer, at, n - at);
            at += taken;
            if (taken == 0) {
              synchronized (room) {
                room.wait(100);
              }
            }
          }
        }
      } catch (IOException | InterruptedException e) {
        System.err.println(e);
      }
    }

    @Override
    public void ready() {
      synchronized (room) {
        room.notifyAll();
      }
    }
  }
}
