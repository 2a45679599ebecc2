package atoll.scenario;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One step of a test script. Its texts may have {@code ${variables}}, which get their values when
 * it is done.
 *
 * @param line of the file, from 1
 * @param words how it is told of, such as {@code expect 'ready'}
 * @param vm which VM it is about; the only one of its system if none is named
 * @param within how long it may take, in guest time
 * @param work what is done
 */
public record TestStep(
    int line, String words, Optional<String> vm, Optional<Duration> within, Work work) {
  public TestStep {
    Objects.requireNonNull(words, "words");
    Objects.requireNonNull(vm, "vm");
    Objects.requireNonNull(within, "within");
    Objects.requireNonNull(work, "work");
  }

  /** What is done. */
  public sealed interface Work {}

  /** The console prints a text. */
  public record Expect(String text) implements Work {}

  /**
   * The console prints what an expression describes.
   *
   * @param save variables that its groups are kept in, in their order
   */
  public record Match(String regex, List<String> save) implements Work {
    public Match {
      save = List.copyOf(save);
    }
  }

  /** The console does not print what an expression describes, as long as the step may take. */
  public record Absent(String regex) implements Work {}

  /** Text is typed. */
  public record Send(String text) implements Work {}

  /** Keys are pressed at the console. */
  public record Press(List<ConsoleKey> keys) implements Work {
    public Press {
      keys = List.copyOf(keys);
    }
  }

  /**
   * A command runs in a guest with a shell.
   *
   * @param exit its code; any if there is none
   * @param output its whole output, without line ends behind it
   * @param outputMatch an expression that is found in its output
   * @param save a variable that its output is kept in
   */
  public record Run(
      String command,
      OptionalInt exit,
      Optional<String> output,
      Optional<String> outputMatch,
      Optional<String> save)
      implements Work {}

  /** A file of the host is copied into the guest. */
  public record CopyIn(String from, String to) implements Work {}

  /** A file of the guest is copied to the host. */
  public record CopyOut(String from, String to) implements Work {}

  /** Guest time goes by. */
  public record Wait(Duration time) implements Work {
    public Wait {
      Objects.requireNonNull(time, "time");
    }
  }

  /** An operator does something to a VM. */
  public record Operate(Operation operation) implements Work {}

  /** What an operator can do. */
  public enum Operation {
    START,
    /** As if the power had gone. */
    STOP,
    PAUSE,
    RESUME,
    /** As a reset button. */
    RESET,
    /** By its power button. */
    POWERDOWN
  }

  /**
   * A button at the front is pressed.
   *
   * @param time for how long
   */
  public record Button(String button, Duration time) implements Work {
    public Button {
      Objects.requireNonNull(button, "button");
      Objects.requireNonNull(time, "time");
    }
  }

  /** A button is pressed and stays so, or is let go. */
  public record Hold(String button, boolean down) implements Work {
    public Hold {
      Objects.requireNonNull(button, "button");
    }
  }

  /** An LED is lit or dark, or gets so in time. */
  public record Led(String led, boolean lit) implements Work {
    public Led {
      Objects.requireNonNull(led, "led");
    }
  }

  /** A cable is plugged in or pulled out. */
  public record Link(int nic, boolean up) implements Work {}

  /**
   * The VM has ended.
   *
   * @param how its last life has ended; in any way if there is none
   * @param code of a power-off
   */
  public record Ends(Optional<How> how, OptionalInt code) implements Work {}

  /** How a life ends. */
  public enum How {
    POWEROFF,
    RESET,
    PANIC,
    WATCHDOG,
    FAILURE,
    STOPPED
  }

  /** The VM is in a state, or comes to it in time. */
  public record State(String state) implements Work {}

  /** The VM has begun so many lives, or does in time. */
  public record Lives(int count) implements Work {}

  /**
   * Memory has a value.
   *
   * @param address guest-physical
   * @param bytes 1, 2, 4 or 8
   * @param value of as many bytes, little-endian
   */
  public record MemoryIs(long address, int bytes, long value) implements Work {}

  /** Memory has a text, in UTF-8. */
  public record MemoryText(long address, String text) implements Work {}

  /** A register has a value. */
  public record RegisterIs(int hart, String register, long value) implements Work {}

  /**
   * The VM has had so many exits since its system was started.
   *
   * @param reason such as {@code mmio-write}
   */
  public record Exits(String reason, OptionalLong least, OptionalLong most) implements Work {}

  /**
   * The VM's vCPUs have begun to execute soon after their interrupts and deadlines.
   *
   * @param percent of all times; 100 is the longest
   */
  public record Lateness(double percent, Duration most) implements Work {
    public Lateness {
      Objects.requireNonNull(most, "most");
    }
  }

  /** The picture of the display is kept in a file. */
  public record Screenshot(String to) implements Work {}

  /** A file that a step reads, if it is known before; relative to the script's folder. */
  static Optional<Path> plain(String name) {
    return name.contains("${") ? Optional.empty() : Optional.of(Path.of(name));
  }
}
