package atoll.script;

import atoll.api.AtollException;
import atoll.api.AtollSystem;
import atoll.api.Button;
import atoll.api.CommandResult;
import atoll.api.Console;
import atoll.api.Ending;
import atoll.api.ExpectationException;
import atoll.api.Vm;
import atoll.api.VmState;
import atoll.host.HostException;
import atoll.scenario.ConsoleKey;
import atoll.scenario.TestStep;
import atoll.scenario.TimeAmount;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;

/** Does the steps of one case on a system, one after the other. One thread uses it. */
final class StepRunner {
  /** How long a step may take that does not say it. */
  private static final Duration USUAL = Duration.ofSeconds(60);

  /** Lines of a console in a report. */
  private static final int TAIL = 30;

  /** How often it is looked for what no event tells of. */
  private static final Duration GLANCE = Duration.ofMillis(10);

  private final AtollSystem system;
  private final Variables variables;
  private final Path folder;
  private final Duration end;

  /**
   * @param folder what relative paths refer to
   * @param limit for all steps together, in guest time
   */
  StepRunner(AtollSystem system, Variables variables, Path folder, Duration limit) {
    this.system = system;
    this.variables = variables;
    this.folder = folder;
    end = system.time().plus(limit);
  }

  /**
   * Does a step.
   *
   * @throws StepFailure if the system does not do what it wants
   * @throws AtollException if it cannot be done
   */
  void perform(TestStep step) {
    Duration left = end.minus(system.time()).truncatedTo(ChronoUnit.MILLIS);
    if (left.isNegative() || left.isZero()) {
      throw new StepFailure("the time of the case is over (limit)", "");
    }
    Duration within = step.within().orElse(USUAL);
    perform(step, within.compareTo(left) < 0 ? within : left);
  }

  private void perform(TestStep step, Duration within) {
    switch (step.work()) {
      case TestStep.Expect(String text) -> expect(step, text, within);
      case TestStep.Match match -> match(step, match, within);
      case TestStep.Absent(String regex) -> absent(step, regex, within);
      case TestStep.Send(String text) -> console(step).send(variables.in(text));
      case TestStep.Press(var keys) ->
          console(step).send(keys.stream().map(ConsoleKey::bytes).collect(Collectors.joining()));
      case TestStep.Run run -> run(vm(step), run, within);
      case TestStep.CopyIn(String from, String to) ->
          vm(step).copyIn(folder.resolve(variables.in(from)), variables.in(to));
      case TestStep.CopyOut(String from, String to) ->
          vm(step).copyOut(variables.in(from), folder.resolve(variables.in(to)));
      case TestStep.Wait(Duration time) -> system.runFor(time);
      case TestStep.Operate(TestStep.Operation operation) -> operate(vm(step), operation);
      case TestStep.Button(String button, Duration time) -> vm(step).button(button).press(time);
      case TestStep.Hold hold -> hold(vm(step).button(hold.button()), hold.down());
      case TestStep.Led(String led, boolean lit) -> vm(step).led(led).await(lit, within);
      case TestStep.Link(int nic, boolean up) -> vm(step).link(nic, up);
      case TestStep.Ends ends -> ends(vm(step), ends, within);
      case TestStep.State(String state) -> state(vm(step), state, within);
      case TestStep.Lives(int count) -> lives(vm(step), count, within);
      case TestStep.MemoryIs memory -> memory(vm(step), memory);
      case TestStep.MemoryText(long address, String text) ->
          memory(vm(step), address, variables.in(text));
      case TestStep.RegisterIs(int hart, String name, long value) ->
          require(name, vm(step).register(hart, name), value, Long.BYTES);
      case TestStep.Exits exits -> exits(vm(step), exits);
      case TestStep.Lateness(double percent, Duration most) -> lateness(vm(step), percent, most);
      case TestStep.Screenshot(String to) ->
          write(vm(step).screenshot().png(), folder.resolve(variables.in(to)));
    }
  }

  private Vm vm(TestStep step) {
    return step.vm().isPresent() ? system.vm(step.vm().get()) : system.vm();
  }

  private Console console(TestStep step) {
    return vm(step).console();
  }

  private void expect(TestStep step, String text, Duration within) {
    MatchResult ignored = console(step).expect(variables.in(text), within);
  }

  /** An expression whose variables have their values. */
  private static Pattern compiled(String regex) {
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new AtollException(
          "with its variables, '%s' is no regular expression: %s"
              .formatted(regex, e.getDescription()));
    }
  }

  private void match(TestStep step, TestStep.Match match, Duration within) {
    MatchResult found = console(step).expect(compiled(variables.inRegex(match.regex())), within);
    for (int group = 0; group < match.save().size(); group++) {
      String value = found.group(group + 1);
      variables.put(match.save().get(group), value == null ? "" : value);
    }
  }

  private void absent(TestStep step, String regex, Duration within) {
    Console console = console(step);
    Optional<MatchResult> found = console.find(compiled(variables.inRegex(regex)), within);
    if (found.isPresent()) {
      throw new StepFailure(
          "%s has printed '%s', expected that it does not within %s"
              .formatted(vm(step).name(), found.get().group(), TimeAmount.inWords(within)),
          tail(vm(step)));
    }
  }

  private static String tail(Vm vm) {
    try {
      boolean failed = vm.ending().filter(Ending::failed).isPresent();
      return failed ? vm.report(TAIL) : vm.console().tail(TAIL);
    } catch (AtollException e) {
      return ""; // It has no console.
    }
  }

  private void run(Vm vm, TestStep.Run run, Duration within) {
    String command = variables.in(run.command());
    CommandResult result = vm.run(command, within);
    if (run.exit().isPresent() && run.exit().getAsInt() != result.exitCode()) {
      throw new StepFailure(
          "'%s' ended with %d, expected %d%s"
              .formatted(command, result.exitCode(), run.exit().getAsInt(), said(result)),
          "");
    }
    run.output()
        .map(variables::in)
        .filter(expected -> !expected.stripTrailing().equals(result.output()))
        .ifPresent(expected -> {
          throw new StepFailure(
              "'%s' printed '%s', expected '%s'".formatted(command, result.output(), expected), "");
        });
    run.outputMatch()
        .map(variables::inRegex)
        .filter(regex -> !compiled(regex).matcher(result.output()).find())
        .ifPresent(regex -> {
          throw new StepFailure(
              "'%s' printed '%s', expected a match of '%s'"
                  .formatted(command, result.output(), regex),
              "");
        });
    run.save().ifPresent(name -> variables.put(name, result.output()));
  }

  private static String said(CommandResult result) {
    String said = result.error().isEmpty() ? result.output() : result.error();
    return said.isEmpty() ? "" : "; it said: " + said.strip();
  }

  private static void operate(Vm vm, TestStep.Operation operation) {
    switch (operation) {
      case START -> vm.start();
      case STOP -> vm.stop();
      case PAUSE -> vm.pause();
      case RESUME -> vm.resume();
      case RESET -> vm.reset();
      case POWERDOWN -> vm.powerdown();
    }
  }

  private static void hold(Button button, boolean down) {
    if (down) {
      button.hold();
    } else {
      button.release();
    }
  }

  private static void ends(Vm vm, TestStep.Ends ends, Duration within) {
    Ending ending = vm.awaitEnd(within);
    if (ends.how().isPresent() && ends.how().get() != how(ending)
        || ends.code().isPresent()
            && !ending.equals(new Ending.PoweredOff(ends.code().getAsInt()))) {
      throw new StepFailure(
          "%s %s, expected %s%s"
              .formatted(
                  vm.name(),
                  ending.inWords(),
                  ends.how().map(how -> how.name().toLowerCase(Locale.ROOT)).orElse("an end"),
                  ends.code().isPresent() ? " with code " + ends.code().getAsInt() : ""),
          tail(vm));
    }
  }

  private static TestStep.How how(Ending ending) {
    return switch (ending) {
      case Ending.PoweredOff(int code) -> TestStep.How.POWEROFF;
      case Ending.WasReset() -> TestStep.How.RESET;
      case Ending.Panicked() -> TestStep.How.PANIC;
      case Ending.WatchdogFired() -> TestStep.How.WATCHDOG;
      case Ending.WasStopped() -> TestStep.How.STOPPED;
      case Ending.Failed failed -> TestStep.How.FAILURE;
    };
  }

  private void state(Vm vm, String state, Duration within) {
    VmState wanted = VmState.valueOf(state.toUpperCase(Locale.ROOT));
    await(
        () -> vm.state() == wanted,
        within,
        () ->
            "%s is %s, expected %s within %s"
                .formatted(
                    vm.name(),
                    vm.state().name().toLowerCase(Locale.ROOT),
                    state,
                    TimeAmount.inWords(within)),
        vm);
  }

  private void lives(Vm vm, int count, Duration within) {
    await(
        () -> vm.lives() >= count,
        within,
        () ->
            "%s has begun %d lives, expected %d within %s"
                .formatted(vm.name(), vm.lives(), count, TimeAmount.inWords(within)),
        vm);
    if (vm.lives() > count) {
      throw new StepFailure(
          "%s has begun %d lives, expected %d".formatted(vm.name(), vm.lives(), count), tail(vm));
    }
  }

  private static void write(byte[] bytes, Path file) {
    try {
      Path ignored = Files.write(file, bytes);
    } catch (IOException e) {
      throw new AtollException(
          "%s cannot be written: %s".formatted(file, HostException.reason(e)), e);
    }
  }

  /** Looks again and again, in guest time. */
  private void await(BooleanSupplier met, Duration within, Supplier<String> message, Vm vm) {
    Duration until = system.time().plus(within);
    while (!met.getAsBoolean()) {
      if (system.time().compareTo(until) >= 0) {
        throw new StepFailure(message.get(), tail(vm));
      }
      try {
        system.runFor(GLANCE);
      } catch (ExpectationException e) {
        // Guest time stands still, for instance since all VMs are paused: so nothing will come.
        throw new StepFailure(message.get(), tail(vm), e);
      }
    }
  }

  private static void memory(Vm vm, TestStep.MemoryIs memory) {
    byte[] bytes = vm.memory().read(memory.address(), memory.bytes());
    ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long value = word.put(bytes).rewind().getLong();
    require("memory at 0x%x".formatted(memory.address()), value, memory.value(), memory.bytes());
  }

  private static void require(String what, long value, long expected, int bytes) {
    long mask = bytes == Long.BYTES ? -1 : (1L << Byte.SIZE * bytes) - 1;
    if ((value & mask) != (expected & mask)) {
      throw new StepFailure(
          "%s is 0x%x, expected 0x%x".formatted(what, value & mask, expected & mask), "");
    }
  }

  private static void memory(Vm vm, long address, String text) {
    byte[] expected = text.getBytes(StandardCharsets.UTF_8);
    String found = new String(vm.memory().read(address, expected.length), StandardCharsets.UTF_8);
    if (!found.equals(text)) {
      throw new StepFailure(
          "memory at 0x%x has '%s', expected '%s'".formatted(address, found, text), "");
    }
  }

  private static void exits(Vm vm, TestStep.Exits exits) {
    long count = vm.statistics().exits(exits.reason());
    if (count < exits.least().orElse(0) || count > exits.most().orElse(Long.MAX_VALUE)) {
      throw new StepFailure(
          "%s has had %d exits of the kind %s, expected %s"
              .formatted(vm.name(), count, exits.reason(), range(exits)),
          "");
    }
  }

  private static void lateness(Vm vm, double percent, Duration most) {
    Duration late = vm.lateness(percent);
    if (late.compareTo(most) > 0) {
      throw new StepFailure(
          "%s was up to %s late for %s %% of the times, expected at most %s"
              .formatted(vm.name(), TimeAmount.inWords(late), percent, TimeAmount.inWords(most)),
          "");
    }
  }

  private static String range(TestStep.Exits exits) {
    if (exits.least().isEmpty()) {
      return "at most " + exits.most().orElseThrow();
    }
    return exits.most().isEmpty()
        ? "at least " + exits.least().getAsLong()
        : "%d to %d".formatted(exits.least().getAsLong(), exits.most().getAsLong());
  }
}
