package atoll.front;

import atoll.console.OutputPatterns;
import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.image.Words;
import atoll.manager.VmStatus;
import atoll.server.ControlClient;
import atoll.server.ControlClient.RefusalException;
import atoll.server.ControlCommand;
import atoll.vmm.Outcome;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Waits for something that a VM of a running system does. */
final class CtlWait {
  private static final Set<String> OVER = Set.of("ended", "stopped");

  private final ControlClient client;
  private final String vm;
  private final PrintStream err;

  CtlWait(ControlClient client, String vm, PrintStream err) {
    this.client = client;
    this.vm = vm;
    this.err = err;
  }

  /**
   * From now on nothing is missed.
   *
   * @param history whether what the VM has printed lately counts, and its state is told first
   */
  void listen(boolean history) throws RefusalException {
    Map<String, Object> request = new LinkedHashMap<>(ControlCommand.EVENTS.request(List.of(vm)));
    request.put("only", List.of("printed", "status-changed", "life-ended"));
    request.put("history", history);
    Object ignored = client.ask(request);
  }

  /** Until it has printed all of these; returns the exit code. */
  int prints(List<Pattern> expected) {
    OutputPatterns patterns = new OutputPatterns(expected, List.of(), () -> {});
    Optional<Map<String, Object>> event = client.event();
    while (event.isPresent() && !OVER.contains(String.valueOf(event.get().get("status")))) {
      if (event.get().get("text") instanceof String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        patterns.printed(bytes, 0, bytes.length);
      }
      if (patterns.verdict() instanceof OutputPatterns.Verdict.Met) {
        return ExitCode.SUCCESS;
      }
      event = client.event();
    }
    err.printf("atoll: %s has ended and has not printed '%s'%n", vm, patterns.missing().orElse(""));
    return ExitCode.UNEXPECTED;
  }

  /** Until it is in a state; returns the exit code. */
  int becomes(String state) throws RefusalException {
    if (Words.find(VmStatus.class, state).isEmpty()) {
      throw new RefusedException(
          "'%s' is not a state of a VM, expected %s"
              .formatted(state, Words.hint(VmStatus.class, state)));
    }
    Object status = report().get("status");
    while (!state.equals(status)) {
      status = next().getOrDefault("status", status);
    }
    return ExitCode.SUCCESS;
  }

  /** Until it has ended; returns what 'atoll run' would have ended with. */
  int ends() throws RefusalException {
    Map<?, ?> report = report();
    Object status = report.get("status");
    // How this life has ended, which may be told before or after its status.
    Object outcome = OVER.contains(String.valueOf(status)) ? report.get("last") : null;
    while (!status.equals("stopped") && (!status.equals("ended") || outcome == null)) {
      Map<String, Object> event = next();
      outcome =
          "running".equals(event.get("status")) ? null : event.getOrDefault("outcome", outcome);
      status = event.getOrDefault("status", status);
    }
    Ending ending = status.equals("stopped") ? Ending.QUIT : Ending.of(outcome(outcome));
    if (!ending.message().isEmpty()) {
      err.println("atoll: " + ending.message());
    }
    return ending.code();
  }

  private Map<String, Object> next() {
    return client.event().orElseThrow(CtlWait::gone);
  }

  private static HostException gone() {
    return new HostException("the system has ended before that came about");
  }

  private Map<?, ?> report() throws RefusalException {
    Object answer = client.ask(ControlCommand.LIST.request(List.of()));
    if (answer instanceof Map<?, ?> fields && fields.get("vms") instanceof List<?> vms) {
      for (Object each : vms) {
        if (each instanceof Map<?, ?> report && vm.equals(report.get("name"))) {
          return report;
        }
      }
    }
    throw gone();
  }

  /** How a life ended, as it was told. */
  private static Outcome outcome(Object told) {
    Map<?, ?> fields = told instanceof Map<?, ?> map ? map : Map.of();
    return switch (String.valueOf(fields.get("kind"))) {
      case "poweroff" ->
          new Outcome.Poweroff(fields.get("code") instanceof Long code ? code.intValue() : 0);
      case "reset" -> new Outcome.Reset();
      case "panic" -> new Outcome.Panic();
      case "watchdog" -> new Outcome.Watchdog();
      case "failed" ->
          new Outcome.Failed(String.valueOf(fields.get("reason")), List.of(), Optional.empty());
      default -> new Outcome.Stopped();
    };
  }
}
