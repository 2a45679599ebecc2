package atoll.manager;

import atoll.console.OutputFile;
import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.report.CrashReport;
import atoll.report.Examiner;
import atoll.report.OutcomeText;
import atoll.report.Symbols;
import atoll.scenario.Secrecy;
import atoll.scenario.VmDescription;
import atoll.vmm.MachineImage;
import atoll.vmm.Outcome;
import atoll.vmm.VirtualMachine;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Looks at a VM when one of its lives has failed, or when somebody asks. Thread-safe. */
final class CrashExaminer {
  /** What Linux prints last, or nearly so. */
  private static final String LINUX_PANIC = "Kernel panic - not syncing";

  /** The function of Linux that ends it. */
  private static final String PANIC = "panic+";

  private static final String FILE = "the crash reports";

  /** A file that has so many gets no more: some thousand reports. */
  private static final long MOST_BYTES = 8 << 20;

  private final VmDescription vm;
  private final GuestSymbols symbols;
  private final VmConsole console;
  private final Supplier<Duration> time;
  private final EventListener listener;
  private volatile int life;
  private volatile Optional<CrashReport> last = Optional.empty();

  /**
   * @param time of the platform
   * @param listener told of reports
   * @throws HostException if the file for reports cannot be written
   */
  CrashExaminer(
      VmDescription vm, VmConsole console, Supplier<Duration> time, EventListener listener) {
    this.vm = vm;
    this.console = console;
    this.time = time;
    this.listener = listener;
    symbols = new GuestSymbols(vm);
    vm.report().ifPresent(CrashExaminer::create);
  }

  private static void create(Path file) {
    try (OutputStream empty = OutputFile.open(file, FILE)) {
      empty.flush();
    } catch (IOException e) {
      throw new HostException(
          "%s in %s cannot be written: %s".formatted(FILE, file, HostException.reason(e)), e);
    }
  }

  /** A life begins, counted from 1. */
  void begins(int number) {
    life = number;
    last = Optional.empty();
  }

  /**
   * What the VM is doing, or what its last life was doing, if that has failed.
   *
   * @param life that it has, if it has one; no other begins meanwhile
   * @throws RefusedException if there is neither
   */
  CrashReport examine(Optional<VirtualMachine> life, VmStatus status) throws InterruptedException {
    if (life.isEmpty()) {
      return last.orElseThrow(() ->
          new RefusedException(
              "%s is %s, and no life of it has failed".formatted(vm.name(), Words.of(status))));
    }
    VirtualMachine machine = life.get();
    if (status == VmStatus.PAUSED) {
      return machine.look(image -> look(image, "is paused"));
    }
    machine.pause();
    try {
      return machine.look(image -> look(image, "runs"));
    } finally {
      machine.resume();
    }
  }

  /** A life has ended, and what was its machine is still there. */
  void ended(Outcome outcome, MachineImage machine) {
    if (!failed(outcome)) {
      return;
    }
    if (!vm.secrecy().allows(Secrecy.Leave.REPORT)) {
      listener.accept(
          new Event.Noticed(
              vm.name(),
              vm.name() + " failed; there is no report of it, since what is in it is secret"));
      return;
    }
    CrashReport report = look(machine, OutcomeText.of(outcome));
    if (outcome instanceof Outcome.Reset && !panicked(report)) {
      return;
    }
    last = Optional.of(report);
    write(report);
    listener.accept(new Event.Crashed(vm.name(), report));
  }

  /** A reset may be the end of a panic, as far as anybody can know. */
  private boolean failed(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Failed _, Outcome.Panic _, Outcome.Watchdog _ -> true;
      case Outcome.Reset _ -> printedPanic() || !vm.symbols().isEmpty();
      case Outcome.Poweroff _, Outcome.Stopped _ -> false;
    };
  }

  private boolean printedPanic() {
    return console.tail().stream().anyMatch(line -> line.contains(LINUX_PANIC));
  }

  private boolean panicked(CrashReport report) {
    return printedPanic()
        || report.harts().stream()
            .flatMap(hart -> hart.calls().stream())
            .anyMatch(call ->
                call.sure()
                    && call.returns().place().filter(at -> at.startsWith(PANIC)).isPresent());
  }

  private CrashReport look(MachineImage machine, String what) {
    List<Symbols> files = symbols.files();
    List<String> notes = new ArrayList<>(symbols.problems());
    if (files.isEmpty()) {
      notes.add("places have no names; --symbols, or symbols in a scenario, gives them");
    }
    return new Examiner(machine, files)
        .report(vm.name(), life, time.get(), what, notes, console.tail());
  }

  private void write(CrashReport report) {
    vm.report().ifPresent(file -> write(report.text(CrashReport.CONSOLE_LINES) + "\n", file));
  }

  /** A guest that fails again and again fills no disk. */
  private void write(String text, Path file) {
    try {
      if (Files.notExists(file) || Files.size(file) < MOST_BYTES) {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      String loss = "%s in %s are lost: %s".formatted(FILE, file, HostException.reason(e));
      listener.accept(new Event.Noticed(vm.name(), loss));
    }
  }
}
