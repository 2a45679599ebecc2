package atoll.scenario;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a test script says: a system, and what it must do. {@link TestScriptReader} reads it.
 *
 * @param name for reports
 * @param file where it was read from; its folder is what relative paths in it refer to
 * @param subject what is tested
 * @param variables that all cases begin with
 * @param limit how long a case may take, in guest time
 * @param shared whether the cases use one system after the other; otherwise each has a new one
 * @param setup done with each new system, before anything else
 * @param cases in the order of the file
 */
public record TestScript(
    String name,
    Path file,
    Subject subject,
    Map<String, String> variables,
    Duration limit,
    boolean shared,
    List<TestStep> setup,
    List<Case> cases) {
  /** How long a case may take if its file does not say it. */
  public static final Duration USUAL_LIMIT = Duration.ofMinutes(10);

  /** What is tested. */
  public sealed interface Subject {
    /** The system of a scenario file. */
    record ScenarioFile(Path scenario) implements Subject {
      public ScenarioFile {
        Objects.requireNonNull(scenario, "scenario");
      }
    }

    /**
     * One VM.
     *
     * @param guest linux, debian, a program that comes with Atoll, or an image; empty if its files
     *     say what runs
     * @param files by the key that names them: kernel, firmware, initrd, dtb
     * @param append words for the kernel
     * @param memory bytes; 0 for the usual amount
     * @param cpus harts
     * @param engine a name of {@link Engines}, or {@code auto}
     * @param disks in their order
     * @param inserts files of the host by their path in the initial RAM disk
     * @param shares folders of the host by the place where they are mounted
     * @param buttons at its front, beside those that its guest usually has, with their keys
     * @param leds at its front
     * @param switches what else it has
     */
    record Machine(
        String guest,
        Map<String, Path> files,
        String append,
        long memory,
        int cpus,
        String engine,
        List<Disk> disks,
        Map<String, Path> inserts,
        Map<String, Path> shares,
        Map<String, Integer> buttons,
        List<String> leds,
        Switches switches)
        implements Subject {
      public Machine {
        Objects.requireNonNull(guest, "guest");
        files = Map.copyOf(files);
        disks = List.copyOf(disks);
        inserts = Map.copyOf(inserts);
        shares = Map.copyOf(shares);
        buttons = Collections.unmodifiableMap(new LinkedHashMap<>(buttons));
        leds = List.copyOf(leds);
      }
    }
  }

  /**
   * What a VM has or has not.
   *
   * @param network whether it reaches the outside
   * @param display whether it has a display
   * @param pci whether its devices are on PCI Express
   * @param reboot whether a reset begins another life
   */
  public record Switches(boolean network, boolean display, boolean pci, boolean reboot) {}

  /** A disk of a VM. */
  public sealed interface Disk {
    /** An image that is used as it is. */
    record Image(Path file, boolean readOnly) implements Disk {
      public Image {
        Objects.requireNonNull(file, "file");
      }
    }

    /** A copy of an image, thrown away with the system. */
    record Copy(Path file) implements Disk {
      public Copy {
        Objects.requireNonNull(file, "file");
      }
    }

    /** An empty one of so many bytes, thrown away with the system. */
    record Blank(long size) implements Disk {}
  }

  /**
   * A case.
   *
   * @param line of the file, from 1
   * @param variables over those of the file
   */
  public record Case(String name, int line, Map<String, String> variables, List<TestStep> steps) {
    public Case {
      Objects.requireNonNull(name, "name");
      variables = Map.copyOf(variables);
      steps = List.copyOf(steps);
    }
  }

  public TestScript {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(subject, "subject");
    variables = Map.copyOf(variables);
    Objects.requireNonNull(limit, "limit");
    setup = List.copyOf(setup);
    cases = List.copyOf(cases);
  }
}
