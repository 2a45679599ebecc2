package atoll.scenario;

import atoll.device.DmaGrant;
import atoll.vmm.OwnDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A device of the user's own.
 *
 * @param device as its board and its guest see it
 * @param code what it does
 * @param settings for its code, by name
 * @param dma which memory of its VM it may access
 * @param watcher the name of a program's function that is told of each access, if one is
 * @param patience how long a call of its code may take
 */
public record DeviceSpec(
    OwnDevice device,
    Code code,
    Map<String, String> settings,
    DmaGrant dma,
    Optional<String> watcher,
    Duration patience) {
  /** What can be said of a patience. */
  public static final Duration LEAST_PATIENCE = Duration.ofMillis(100);

  /** A person may be looking at its code with a debugger. */
  public static final Duration MOST_PATIENCE = Duration.ofHours(1);

  /** Where a device's code is. */
  public sealed interface Code {
    /** The same in a few words. */
    String label();

    /**
     * A class of the user's.
     *
     * @param jar a file, or a folder of classes
     * @param name with its package
     */
    record InJar(Path jar, String name) implements Code {
      public InJar {
        Objects.requireNonNull(jar, "jar");
        Objects.requireNonNull(name, "name");
      }

      @Override
      public String label() {
        return "class " + name;
      }
    }

    /**
     * A function of the program that Atoll is a part of.
     *
     * @param function the name that the program has given it
     */
    record InProgram(String function) implements Code {
      public InProgram {
        Objects.requireNonNull(function, "function");
      }

      @Override
      public String label() {
        return "a function of the program";
      }
    }
  }

  public DeviceSpec {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(code, "code");
    settings = Collections.unmodifiableMap(new TreeMap<>(settings));
    Objects.requireNonNull(dma, "dma");
    Objects.requireNonNull(watcher, "watcher");
    if (patience.compareTo(LEAST_PATIENCE) < 0 || patience.compareTo(MOST_PATIENCE) > 0) {
      throw new IllegalArgumentException("a patience of %s cannot be".formatted(patience));
    }
  }

  /** Its name on its board. */
  public String name() {
    return device.name();
  }

  /** The same with other code. */
  public DeviceSpec by(Code other) {
    return new DeviceSpec(device, other, settings, dma, watcher, patience);
  }

  /** The same with a program's function that is told of each access. */
  public DeviceSpec watched(String function) {
    return new DeviceSpec(device, code, settings, dma, Optional.of(function), patience);
  }

  /** How it is shown among what connects a VM with the host. */
  String link() {
    String memory = dma.ram() || !dma.ranges().isEmpty() ? ", with access to memory" : "";
    return "device %s (%s)%s".formatted(name(), code.label(), memory);
  }
}
