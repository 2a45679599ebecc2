package atoll.junit;

import atoll.api.AtollException;
import atoll.api.AtollSystem;
import atoll.api.Vm;
import atoll.api.VmStatistics;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.MediaType;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What there is to say of systems when a test has failed. */
final class FailureReport {
  private static final int LINES = 60;
  private static final String FILE = "atoll.txt";

  private final List<String> vms = new ArrayList<>();

  /** Says what its VMs are doing; one that runs is paused for a moment. */
  void add(AtollSystem system) {
    for (Vm vm : system.vms()) {
      vms.add(describe(vm));
    }
  }

  /** Adds it to JUnit's reports and to the failure, if there is something to say. */
  void publish(ExtensionContext context, Throwable problem) {
    if (vms.isEmpty()) {
      return;
    }
    String text = String.join("\n", vms);
    context.publishReportEntry("atoll", text);
    context.publishFile(FILE, MediaType.TEXT_PLAIN_UTF_8, path -> Files.writeString(path, text));
    problem.addSuppressed(new VmReport(text));
  }

  /** Carries the text into the failure's own stack trace. */
  private static final class VmReport extends RuntimeException {
    private static final long serialVersionUID = 1;

    VmReport(String text) {
      super("VMs when the test had failed:\n" + text, null, false, false);
    }
  }

  private static String describe(Vm vm) {
    List<String> parts = new ArrayList<>();
    String ending = vm.ending().map(how -> "; it " + how.inWords()).orElse("");
    parts.add("== %s%s (life %d)".formatted(vm, ending, vm.lives()));
    vm.notices().forEach(notice -> parts.add("   " + notice));
    parts.add(scene(vm));
    try {
      parts.add(done(vm.statistics()));
    } catch (AtollException e) {
      parts.add("-- nothing else is known: " + e.getMessage());
    }
    return String.join("\n", parts);
  }

  /** Of one that has ended without a failure, nothing but its console is left. */
  private static String scene(Vm vm) {
    try {
      String report = vm.report(LINES).stripTrailing();
      return report.substring(report.indexOf('\n') + 1); // there is a title already
    } catch (AtollException e) {
      return console(vm);
    }
  }

  private static String console(Vm vm) {
    try {
      return "-- console\n" + vm.console().tail(LINES);
    } catch (AtollException e) {
      return "-- " + e.getMessage();
    }
  }

  private static String done(VmStatistics statistics) {
    return "-- %,d instructions; exits: %s; exceptions: %s; interrupts: %s"
        .formatted(
            statistics.instructions(),
            counts(statistics.exits(), VmStatistics.Exits::count),
            counts(statistics.exceptions(), count -> count),
            counts(statistics.interrupts(), count -> count));
  }

  private static <T> String counts(Map<String, T> counts, ToLongFunction<T> number) {
    String text =
        counts.entrySet().stream()
            .filter(count -> number.applyAsLong(count.getValue()) > 0)
            .map(count -> "%s %,d".formatted(count.getKey(), number.applyAsLong(count.getValue())))
            .collect(Collectors.joining(", "));
    return Optional.of(text).filter(some -> !some.isEmpty()).orElse("none");
  }
}
