package atoll.vmm;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether a machine could be booted, told without making it: by the same loader that boots it.
 *
 * @param problems why it could not be; each part of the boot is looked at, whatever is wrong with
 *     others
 * @param notes what a user may want to know if it can
 */
public record BootCheck(List<Finding> problems, List<Finding> notes) {
  /** A sentence about a part of the boot. */
  public record Finding(BootPart part, String message) {}

  public BootCheck {
    problems = List.copyOf(problems);
    notes = List.copyOf(notes);
  }

  /** Looks at the files of a boot as they are now. */
  static BootCheck of(VmConfig config) {
    List<Finding> problems = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      for (BootPart part : BootPart.values()) {
        Bootloader loader = new Bootloader(config, arena);
        find(loader, () -> loader.inspect(part), problems);
      }
      Bootloader whole = new Bootloader(config, arena);
      if (problems.isEmpty()) {
        find(whole, whole::plan, problems);
      }
      return new BootCheck(problems, whole.notes());
    }
  }

  private static void find(Bootloader loader, Runnable step, List<Finding> problems) {
    try {
      step.run();
    } catch (VmException e) {
      problems.add(new Finding(e.part().orElse(loader.part()), e.getMessage()));
    }
  }
}
