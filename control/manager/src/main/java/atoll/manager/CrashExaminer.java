package atoll.manager;

import atoll.console.OutputFile;
import atoll.host.HostException;
import atoll.report.CrashReport;
import atoll.report.Examiner;
import atoll.report.OutcomeText;
import atoll.report.Symbols;
import atoll.scenario.VmDescription;
import atoll.vmm.MachineImage;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
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

  /** Of the last life, if that has failed. */
  Optional<CrashReport> last() {
    return last;
  }

  /** A life has ended, and what was its machine is still there. */
  void ended(Outcome outcome, MachineImage machine) {
    if (!failed(outcome)) {
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

  /** What a machine that stands still is doing. */
  CrashReport look(MachineImage machine, String what) {
    List<Symbols> files = symbols.files();
    List<String> notes = new ArrayList<>(symbols.problems());
    if (files.isEmpty()) {
      notes.add("places have no names; --symbols, or symbols in a scenario, gives them");
    }
    return new Examiner(machine, files)
        .report(vm.name(), life, time.get(), what, notes, console.tail());
  }

  private void write(CrashReport report) {
    vm.report()
        .ifPresent(file -> {
          try {
            Files.writeString(
                file,
                report.text(CrashReport.CONSOLE_LINES) + "\n",
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
          } catch (IOException e) {
            listener.accept(
                new Event.Noticed(
                    vm.name(),
                    "%s in %s are lost: %s".formatted(FILE, file, HostException.reason(e))));
          }
        });
  }
}
