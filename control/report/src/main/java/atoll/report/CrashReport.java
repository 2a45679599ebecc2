package atoll.report;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a VM was doing at one moment, as a rule that of its end.
 *
 * @param vm its name
 * @param life which of its lives, from 1
 * @param time of the platform at that moment
 * @param what has happened, in words that follow the VM's name
 * @param harts the one first that it is about
 * @param notes what else a person should know, a sentence each
 * @param console the last lines that it has printed
 */
public record CrashReport(
    String vm,
    int life,
    Duration time,
    String what,
    List<HartScene> harts,
    List<String> notes,
    List<String> console) {
  /** Lines of the console in a report for a person. */
  public static final int CONSOLE_LINES = 10;

  public CrashReport {
    Objects.requireNonNull(vm, "vm");
    Objects.requireNonNull(time, "time");
    Objects.requireNonNull(what, "what");
    harts = List.copyOf(harts);
    notes = List.copyOf(notes);
    console = List.copyOf(console);
  }

  /**
   * 64 bits.
   *
   * @param value such as {@code 0x80000000}
   * @param place what is there, such as {@code main+0x1c}, if that has a name
   */
  public record Word(String value, Optional<String> place) {
    public Word {
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(place, "place");
    }

    @Override
    public String toString() {
      return place.map(name -> value + " " + name).orElse(value);
    }
  }

  /**
   * An exception.
   *
   * @param cause in words
   * @param number of the cause
   * @param mode in which it was met: U, S, M, VU or VS
   * @param value what the trap value register has: as a rule the address
   * @param walk where that leads, if it is an address that could not be used
   */
  public record Fault(
      String cause, int number, String mode, Word pc, Word value, List<String> walk) {
    public Fault {
      Objects.requireNonNull(cause, "cause");
      walk = List.copyOf(walk);
    }
  }

  /**
   * An instruction near the pc.
   *
   * @param next whether it is the one at the pc
   */
  public record Line(Word address, String bits, String text, boolean next) {}

  /**
   * A call that has not returned.
   *
   * @param sure whether frame pointers lead to it; otherwise it is a word on the stack that could
   *     be a return address
   */
  public record Call(Word returns, boolean sure) {}

  /**
   * A hart.
   *
   * @param hart its number
   * @param state in a few words
   * @param mode U, S, M, VU or VS
   * @param first the exception that it could not go on from
   * @param last what that has come to, if it is another
   * @param code around the pc of {@link #first}, or its own
   * @param calls the nearest first
   * @param registers by ABI name, pc first
   * @param csrs by name, those that tell something
   * @param stack words at its stack pointer
   * @param exits the last ones that were served, the oldest first
   */
  public record HartScene(
      int hart,
      String state,
      String mode,
      Optional<Fault> first,
      Optional<Fault> last,
      List<Line> code,
      List<Call> calls,
      Map<String, Word> registers,
      Map<String, Word> csrs,
      List<Word> stack,
      List<String> exits) {
    public HartScene {
      Objects.requireNonNull(state, "state");
      Objects.requireNonNull(first, "first");
      Objects.requireNonNull(last, "last");
      code = List.copyOf(code);
      calls = List.copyOf(calls);
      registers = Collections.unmodifiableMap(new LinkedHashMap<>(registers));
      csrs = Collections.unmodifiableMap(new LinkedHashMap<>(csrs));
      stack = List.copyOf(stack);
      exits = List.copyOf(exits);
    }
  }

  /** Its lines for a person. */
  public List<ReportLine> lines() {
    return lines(CONSOLE_LINES);
  }

  /**
   * The same with so many lines of the console.
   *
   * @param console at most; there may be fewer
   */
  public List<ReportLine> lines(int console) {
    return new ReportText(this, console).lines();
  }

  /** The same as one text, each line with its end. */
  public String text(int console) {
    StringBuilder text = new StringBuilder();
    lines(console).forEach(line -> text.append(line.text()).append('\n'));
    return text.toString();
  }
}
